namespace SaaS.Core.Identity.Accounts;

/// <summary>The index for operators' searches by part of a user's name, with the collation of the search: PostgreSQL uses it for no other. A migration uses it, so it must not change.</summary>
internal static class UserNameSearch
{
    public const string Create =
        "CREATE INDEX ix_users_name_search ON users USING gin ((first_name || ' ' || last_name COLLATE \"und-x-icu\") gin_trgm_ops)";
}
