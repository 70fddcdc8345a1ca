using System.Reflection;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace SaaS.Core.Persistence;

/// <summary>The schema versions of this build: the names of its newest migrations, which sort by time.</summary>
internal static class SchemaVersions
{
    public static readonly string Control = NewestOf<ControlDbContext>();

    /// <summary>The version of tenants' databases. A tenant with any other version is unavailable.</summary>
    public static readonly string Tenant = NewestOf<TenantDbContext>();

    /// <summary>
    /// The database from which new tenants are cloned. It is created once per version and never changed, so that an older build that still
    /// runs can clone from its own template.
    /// </summary>
    public static readonly string Template = $"saas_tenant_template_{Tenant.Split('_')[0]}";

    private static string NewestOf<TContext>()
        where TContext : DbContext =>
        typeof(TContext)
            .Assembly.GetTypes()
            .Where(type => type.GetCustomAttribute<DbContextAttribute>()?.ContextType == typeof(TContext))
            .Select(type => type.GetCustomAttribute<MigrationAttribute>()?.Id)
            .OfType<string>()
            .Order(StringComparer.Ordinal)
            .LastOrDefault()
        ?? "none";
}
