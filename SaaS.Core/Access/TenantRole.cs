namespace SaaS.Core.Access;

/// <summary>The roles of members. Each role includes the previous ones.</summary>
public enum TenantRole
{
    /// <summary>Reads documents.</summary>
    Viewer = 1,

    /// <summary>Reads and writes documents.</summary>
    User = 2,

    /// <summary>Manages the tenant and its members.</summary>
    Admin = 3,
}

internal static class TenantRoles
{
    /// <summary>Returns the name in JSON and in events: admin, user or viewer.</summary>
    public static string ToJsonName(this TenantRole role) =>
        role switch
        {
            TenantRole.Viewer => "viewer",
            TenantRole.User => "user",
            TenantRole.Admin => "admin",
        };

    public static bool Includes(this TenantRole role, TenantRole requiredRole) => role >= requiredRole;
}
