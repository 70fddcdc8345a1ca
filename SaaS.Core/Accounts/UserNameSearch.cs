namespace SaaS.Core.Accounts;

/// <summary>The index in which operators search for a part of a person's name. Used by a migration, and so never changed.</summary>
internal static class UserNameSearch
{
    public const string Create = "CREATE INDEX ix_users_name_search ON users USING gin ((first_name || ' ' || last_name) gin_trgm_ops)";

    /// <summary>The same with the collation where the search's statement has it, without which PostgreSQL cannot use it.</summary>
    public const string CreateCollated = "CREATE INDEX ix_users_name_search ON users USING gin ((first_name || ' ' || last_name COLLATE \"und-x-icu\") gin_trgm_ops)";

    public const string Drop = "DROP INDEX ix_users_name_search";
}
