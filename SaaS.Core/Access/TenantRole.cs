namespace SaaS.Core.Access;

/// <summary>What a member may do; each role includes the ones before it.</summary>
public enum TenantRole
{
    /// <summary>Reads.</summary>
    Viewer = 1,

    /// <summary>Reads and writes documents.</summary>
    User = 2,

    /// <summary>Everything in the tenant, its members included.</summary>
    Admin = 3,
}

internal static class TenantRoles
{
    /// <summary>As it stands in JSON and in events: admin, user or viewer.</summary>
    public static string Word(this TenantRole role) => role switch
    {
        TenantRole.Viewer => "viewer",
        TenantRole.User => "user",
        TenantRole.Admin => "admin",
    };

    public static bool Includes(this TenantRole role, TenantRole needed) => role >= needed;
}
