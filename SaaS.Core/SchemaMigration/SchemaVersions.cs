using System.Reflection;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using SaaS.Core.Persistence;

namespace SaaS.Core.SchemaMigration;

/// <summary>Which schemas this build speaks: the names of the newest migrations, which sort by time.</summary>
internal static class SchemaVersions
{
    public static readonly string Control = NewestOf<ControlDbContext>();

    /// <summary>A tenant whose database has any other version is not served.</summary>
    public static readonly string Tenant = NewestOf<TenantDbContext>();

    /// <summary>
    /// The database that new tenants are cloned from. It is made once per version and never changed, so that an older
    /// build that still runs keeps cloning from its own.
    /// </summary>
    public static readonly string Template = $"saas_tenant_template_{Tenant.Split('_')[0]}";

    private static string NewestOf<TContext>()
        where TContext : DbContext =>
        typeof(TContext).Assembly.GetTypes()
            .Where(type => type.GetCustomAttribute<DbContextAttribute>()?.ContextType == typeof(TContext))
            .Select(type => type.GetCustomAttribute<MigrationAttribute>()?.Id)
            .OfType<string>()
            .Order(StringComparer.Ordinal)
            .LastOrDefault() ?? "none";
}
