using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using SaaS.Core.Messaging;
using SaaS.Core.SchemaMigration;
using SaaS.Core.Tenancy;
using SaaS.Infrastructure.Postgres;
using SaaS.Infrastructure.Settings;

namespace SaaS.Core.Persistence;

/// <summary>
/// Registers the two kinds of database: the control database of the platform, and one database for each tenant. This is the only folder
/// that may reference the entities of every capability.
/// </summary>
internal static class PersistenceModule
{
    public static void AddPersistence(this IServiceCollection services)
    {
        services.AddDbContextPool<ControlDbContext>(
            (provider, options) =>
                options
                    .UseNpgsql(provider.GetRequiredService<NpgsqlDataSource>())
                    .UseSnakeCaseNamingConvention()
                    .AddInterceptors(
                        provider.GetRequiredService<PostgresSignIn>(),
                        provider.GetRequiredService<AccessRecheck>(),
                        provider.GetRequiredService<OutboxNotifier>()
                    )
        ); // pooled, because creating a context costs more than a simple query
        services.AddSingleton<TenantDbFactory>();
        services.AddScoped<SystemTenantAccess>();
        services.AddSettings<MigrationOptions>("Migration");
        services.AddSingleton<MigrationJournal>();
        services.AddSingleton<PlanMigration>();
        services.AddScoped<ListTenantMigrations>();
    }

    /// <summary>Adds the commands that need the connection of the provisioning role.</summary>
    public static void AddSchemaMigrationCommands(this IServiceCollection services)
    {
        services.AddScoped<MigrateControl>();
        services.AddScoped<MigrateTenants>();
        services.AddScoped<MigrateDatabases>();
        services.AddScoped<ResetDatabases>();
    }
}
