using System.ComponentModel.DataAnnotations;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using SaaS.Core.Persistence;
using SaaS.Infrastructure.Settings;

namespace SaaS.Core.SchemaMigration;

/// <summary>Migrates the schema of the control database, of the template and of every tenant's database, and reports on it.</summary>
internal static class SchemaMigrationModule
{
    extension(ControlDbContext db)
    {
        public DbSet<TenantMigration> TenantMigrations => db.Set<TenantMigration>();
    }

    /// <param name="services">The services of the host.</param>
    /// <param name="provisions">True to add the commands, which need the connection of the provisioning role.</param>
    public static void AddSchemaMigration(this IServiceCollection services, bool provisions)
    {
        services.AddSettings<MigrationOptions>("Migration");
        services.AddSingleton<MigrationJournal>();
        services.AddSingleton<PlanMigration>();
        services.AddScoped<ListTenantMigrations>();
        if (provisions)
        {
            services.AddScoped<MigrateControl>();
            services.AddScoped<MigrateTenants>();
            services.AddScoped<MigrateDatabases>();
            services.AddScoped<ResetDatabases>();
        }
    }
}

/// <summary>Settings of schema migrations.</summary>
public sealed class MigrationOptions
{
    /// <summary>
    /// The time for which a statement waits for a table lock, kept short because other sessions queue behind it. After a timeout the tenant
    /// is reported as failed and stays available in the older build, and the next run retries.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "01:00:00")]
    public TimeSpan LockTimeout { get; init; } = TimeSpan.FromSeconds(10);
}
