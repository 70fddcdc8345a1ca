using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using SaaS.Core.Events;
using SaaS.Core.Tenants;
using SaaS.Platform.Settings;
using SaaS.Platform.Postgres;

namespace SaaS.Core.Databases;

/// <summary>
/// The two kinds of database: one for the platform, and one for each tenant. This is the only room that may name the
/// entities of every capability.
/// </summary>
internal static class DatabasesModule
{
    public static void AddDatabases(this IServiceCollection services)
    {
        services.AddDbContextPool<ControlDb>(
            (provider, options) => options
                .UseNpgsql(provider.GetRequiredService<NpgsqlDataSource>())
                .UseSnakeCaseNamingConvention()
                .AddInterceptors(
                    provider.GetRequiredService<PostgresSignIn>(),
                    provider.GetRequiredService<AccessRecheck>(),
                    provider.GetRequiredService<OutboxSignal>())); // making a context costs more than asking it for one row
        services.AddSingleton<TenantDbFactory>();
        services.AddScoped<BackgroundGate>();
        services.AddSettings<MigrationOptions>("Migration");
        services.AddSingleton<MigrationJournal>();
        services.AddSingleton<PlanMigration>();
        services.AddScoped<ListTenantMigrations>();
    }

    /// <summary>What needs the connection of the provisioning role.</summary>
    public static void AddDatabaseCommands(this IServiceCollection services)
    {
        services.AddScoped<MigrateControl>();
        services.AddScoped<MigrateTenants>();
        services.AddScoped<MigrateDatabases>();
        services.AddScoped<ResetDatabases>();
    }
}
