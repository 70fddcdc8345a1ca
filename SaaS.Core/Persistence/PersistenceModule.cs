using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using SaaS.Infrastructure.Postgres;

namespace SaaS.Core.Persistence;

/// <summary>
/// Registers the two kinds of database: the control database of the platform, and one database for each tenant. Capabilities add
/// interceptors of both.
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
                    .AddInterceptors([provider.GetRequiredService<PostgresSignIn>(), .. provider.GetServices<IInterceptor>()])
        ); // pooled, because creating a context costs more than a simple query
        services.AddSingleton<TenantDbFactory>();
    }

    /// <summary>Adds an interceptor of both contexts.</summary>
    public static void AddDbInterceptor<TInterceptor>(this IServiceCollection services)
        where TInterceptor : class, IInterceptor
    {
        services.AddSingleton<TInterceptor>();
        services.AddSingleton<IInterceptor>(provider => provider.GetRequiredService<TInterceptor>());
    }
}
