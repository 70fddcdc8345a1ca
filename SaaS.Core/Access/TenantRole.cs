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
    public static bool Includes(this TenantRole role, TenantRole needed) => role >= needed;
}
