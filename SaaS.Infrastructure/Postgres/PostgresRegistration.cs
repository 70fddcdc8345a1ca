using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Npgsql;
using SaaS.Infrastructure.Settings;

namespace SaaS.Infrastructure.Postgres;

/// <summary>
/// Registers PostgreSQL with separate roles: the one that serves requests cannot create databases or roles; the provisioning role can, and
/// is used for nothing else.
/// </summary>
public static class PostgresRegistration
{
    /// <summary>The control database, as the role that serves requests.</summary>
    public const string ControlConnection = "saas-platform";

    /// <summary>
    /// The control database, as its owner, which may create databases and roles. Only the worker and its commands have it; the API and the
    /// scheduler do not.
    /// </summary>
    public const string ProvisioningConnection = "saas-provisioning";

    /// <summary>The server, as a superuser; only for <c>migrate</c>.</summary>
    public const string SuperuserConnection = "postgres";

    private static readonly string[] Harmless =
    [
        "Host",
        "Port",
        "Database",
        "Username",
        "SSL Mode",
        "Timeout",
        "Command Timeout",
        "Keepalive",
    ];

    public static void AddPostgres(this IHostApplicationBuilder builder)
    {
        var configuration = builder.Configuration;
        Required(configuration, ControlConnection);

        builder.Services.AddSettings<ControlConnectionOptions>("ControlConnections");
        builder.Services.TryAddSingleton<SecretsRefresh>();
        var name = builder.Environment.ApplicationName;
        builder.Services.AddSingleton(provider => new PostgresSignIn(
            PasswordOf(configuration, ControlConnection),
            provider.GetRequiredService<SecretsRefresh>()
        ));
        builder.Services.AddSingleton(provider =>
            NewControlSource(provider, configuration, name, provider.GetRequiredService<IOptions<ControlConnectionOptions>>().Value.Budget)
        );
        builder.Services.AddSingleton(provider => new SharedLocks(
            NewControlSource(provider, configuration, name, connections: 1),
            provider.GetRequiredService<PostgresSignIn>(),
            provider.GetRequiredService<TimeProvider>()
        ));
        builder.Services.AddSettings<TenantConnectionOptions>("TenantConnections");
        foreach (var connection in new[] { ControlConnection, ProvisioningConnection, SuperuserConnection })
        {
            builder.Services.AddConnectionSetting(connection, value => Redact.Connection(value, Harmless));
        }

        builder.Services.AddSingleton<TenantDataSources>();
        builder.Services.AddSingleton<PostgresNotifications>();
        builder.Services.AddHealthChecks().AddCheck<PostgresHealth>("postgres", tags: ["ready"], timeout: TimeSpan.FromSeconds(3));
    }

    /// <summary>Registers the connection that creates and drops databases and roles, for the worker and its commands.</summary>
    public static void AddPostgresProvisioning(this IHostApplicationBuilder builder)
    {
        var configuration = builder.Configuration;
        Required(configuration, ProvisioningConnection);
        builder.Services.AddSettings<TenantRoleOptions>("TenantRoles");
        builder.Services.AddSingleton(provider => new DatabaseAdmin(
            () => Required(configuration, ProvisioningConnection),
            PasswordOf(configuration, ProvisioningConnection),
            provider.GetRequiredService<PostgresSignIn>(),
            provider.GetRequiredService<IOptions<TenantRoleOptions>>()
        ));
    }

    /// <summary>
    /// Creates a pool to the control database that reads the password for each new connection, because it may have changed.
    /// </summary>
    internal static NpgsqlDataSource NewControlSource(IServiceProvider services, IConfiguration configuration, string name, int connections)
    {
        var configured = Required(configuration, ControlConnection);
        var control = new NpgsqlConnectionStringBuilder(configured) { ApplicationName = name, MaxPoolSize = connections };
        services.GetService<PostgresTimeouts>()?.Apply(control, configured);
        if (control.Password is null)
        {
            return new NpgsqlDataSourceBuilder(control.ConnectionString).Build(); // authenticates with a file or a certificate
        }

        control.Password = null;
        var builder = new NpgsqlDataSourceBuilder(control.ConnectionString);
        var password = services.GetRequiredService<PostgresSignIn>().Control;
        builder.UsePasswordProvider(_ => password.Current, (_, _) => ValueTask.FromResult(password.Current));
        return builder.Build();
    }

    private static RolePassword PasswordOf(IConfiguration configuration, string name) =>
        new(() => new NpgsqlConnectionStringBuilder(Required(configuration, name)).Password ?? "");

    private static string Required(IConfiguration configuration, string name) =>
        configuration.GetConnectionString(name) is { Length: > 0 } value
            ? value
            : throw new InvalidSettingsException($"ConnectionStrings:{name} is not set.");

    private sealed class PostgresHealth(NpgsqlDataSource control) : IHealthCheck
    {
        public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
        {
            try
            {
                await using var command = control.CreateCommand("SELECT 1");
                await command.ExecuteScalarAsync(cancellationToken);
                return HealthCheckResult.Healthy();
            }
            catch (NpgsqlException e)
            {
                return HealthCheckResult.Unhealthy("The control database does not answer", e);
            }
        }
    }
}

/// <summary>The connection limit of this process for the control database.</summary>
public sealed class ControlConnectionOptions
{
    /// <summary>The size of the pool that requests and background work share. One more connection is kept for locks.</summary>
    [Range(2, 1_000)]
    public int Budget { get; init; } = 40;
}
