namespace SaaS.Core.Identity.Accounts;

/// <summary>The index in which operators search for a part of a person's name. Used by a migration, and so never changed.</summary>
internal static class UserNameSearch
{
    public const string Create = "CREATE INDEX ix_users_name_search ON users USING gin ((first_name || ' ' || last_name) gin_trgm_ops)";

    public const string Drop = "DROP INDEX ix_users_name_search";
}
