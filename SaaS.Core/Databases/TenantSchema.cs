using System.Reflection;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace SaaS.Core.Databases;

/// <summary>Which tenant schema this build speaks.</summary>
internal static class TenantSchema
{
    /// <summary>The newest tenant migration, e.g. <c>20261123231500_Initial</c>. A tenant with any other is not served.</summary>
    public static readonly string Version = typeof(TenantSchema).Assembly.GetTypes()
        .Where(type => type.GetCustomAttribute<DbContextAttribute>()?.ContextType == typeof(TenantDb))
        .Select(type => type.GetCustomAttribute<MigrationAttribute>()?.Id)
        .OfType<string>()
        .Order(StringComparer.Ordinal)
        .LastOrDefault() ?? "none";

    /// <summary>
    /// The database that new tenants are cloned from. It is made once per version and never changed, so that an older
    /// build that still runs keeps cloning from its own.
    /// </summary>
    public static string Template => $"saas_tenant_template_{Version.Split('_')[0]}";
}
