using System.Globalization;
using Microsoft.Extensions.Logging;
using Npgsql;
using SaaS.LocalServices;

namespace SaaS.Benchmarks;

/// <summary>A system with production settings on its own backing services in a temporary folder; PostgreSQL uses fsync.</summary>
internal sealed class SystemUnderMeasurement : IAsyncDisposable
{
    private const string Unmet = "10000000";

    private readonly DataFolder _data;
    private readonly PostgresServer _postgres;
    private readonly RedisProcess _redis;
    private readonly ILoggerFactory _logs;
    private HostProcess? _api;
    private HostProcess? _provisioner;
    private RequestMeter? _requests;

    private SystemUnderMeasurement(
        DataFolder data,
        PostgresServer postgres,
        RedisProcess redis,
        KeyRing keys,
        IReadOnlyDictionary<string, string?> settings,
        ILoggerFactory logs,
        TextWriter progress
    )
    {
        (_data, _postgres, _redis, _logs, Progress) = (data, postgres, redis, logs, progress);
        Settings = Merge(
            HostSettings.ForHosts(keys, data, apiPort: 4999, postgres.Port, redis.ConnectionString),
            new Dictionary<string, string?>(settings)
            {
                ["ASPNETCORE_ENVIRONMENT"] = "Production",
                ["DOTNET_ENVIRONMENT"] = "Production",
                ["Mail__AllowFolderOutsideDevelopment"] = "true",
                ["Downloads__BaseAddress"] = "http://localhost:4999",
                // Limits that are checked but never reached, so that their cost is measured.
                ["RateLimits__User__Permits"] = Unmet,
                ["RateLimits__ServiceAccount__Permits"] = Unmet,
                ["RateLimits__Address__Permits"] = Unmet,
                ["RateLimits__Tenant__Permits"] = Unmet,
                ["RateLimits__SignIn__Permits"] = Unmet,
                ["RateLimits__Registration__Permits"] = Unmet,
                ["RateLimits__Upload__Permits"] = Unmet,

                // Hosts must not use KAFKA_BOOTSTRAP_SERVERS, which is set for some figures only.
                ["ConnectionStrings__kafka"] = settings.GetValueOrDefault("ConnectionStrings__kafka") ?? "",
                ["Tenants__MaxPerUser"] = "10000",
                ["Sessions__AccessTokenLifetime"] = "01:00:00", // longer than a measurement
            }
        );
    }

    internal static TimeProvider Clock => TimeProvider.System;

    /// <summary>The settings of every host, as environment variables.</summary>
    internal IReadOnlyDictionary<string, string?> Settings { get; }

    internal Uri Api => new(_api!.Address);

    internal HostProcess ApiProcess => _api!;

    internal RequestMeter Requests => _requests!;

    /// <summary>Creates a client whose requests to the API are measured.</summary>
    internal HttpClient NewClient() => Requests.NewClient();

    internal PostgresServer Postgres => _postgres;

    internal RedisProcess Redis => _redis;

    /// <summary>The folder of the object store.</summary>
    internal string Objects => _data.Objects;

    /// <summary>A temporary folder on the same disk.</summary>
    internal string Scratch => _data.Root;

    internal TextWriter Progress { get; }

    /// <summary>Starts another system.</summary>
    internal Task<SystemUnderMeasurement> StartAnotherAsync(CancellationToken ct) => StartAsync(_logs, Progress, [], ct);

    internal static async Task<SystemUnderMeasurement> StartAsync(
        ILoggerFactory logs,
        TextWriter progress,
        Dictionary<string, string?> settings,
        CancellationToken ct
    )
    {
        var data = DataFolder.OpenEphemeral();
        var keys = KeyRing.LoadOrCreate(data.Keys);
        var postgres = await PostgresServer.StartAsync(
            new PostgresServerOptions(data.Postgres, keys.PostgresPassword) { Port = 0, MaxConnections = 2_500 },
            logs.CreateLogger("postgres"),
            Clock,
            ct
        );
        var redis = await RedisProcess.StartAsync(data.Redis, keys.RedisPassword, logs.CreateLogger("redis"), ct);
        var system = new SystemUnderMeasurement(data, postgres, redis, keys, settings, logs, progress);
        try
        {
            await system.MigrateAsync(ct);
            var numbers = Ports.FreeOr(0);
            system._api = await system.StartApiAsync(new() { ["Metrics__Port"] = numbers.ToString(CultureInfo.InvariantCulture) }, ct);
            system._provisioner = await system.StartRoleAsync(ProvisionerRole.Role, [], ct);
            system._requests = new RequestMeter(system._api, new Uri($"http://127.0.0.1:{numbers}/metrics"));
            return system;
        }
        catch
        {
            await system.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs the <c>migrate</c> command.</summary>
    internal Task<TimeSpan> MigrateAsync(CancellationToken ct, params IReadOnlyList<string> options) =>
        MigrationRun.RunAsync(HostSettings.ForMigration(Settings, _postgres.ConnectionString), Log("migrate"), Clock, ct, options);

    /// <summary>Starts another API with additional settings.</summary>
    internal Task<HostProcess> StartApiAsync(Dictionary<string, string?> settings, CancellationToken ct) =>
        StartAsync(HostProject.Api, "api", new(settings) { ["ConnectionStrings__saas-provisioning"] = null }, [], ct);

    /// <summary>Starts this program as another process in another role.</summary>
    internal Task<HostProcess> StartRoleAsync(string role, Dictionary<string, string?> settings, CancellationToken ct) =>
        StartAsync(new HostProject("SaaS.Benchmarks"), role, settings, [role], ct);

    /// <summary>Starts a host.</summary>
    internal Task<HostProcess> StartHostAsync(HostProject project, string name, CancellationToken ct) =>
        StartAsync(project, name, [], [], ct);

    private async Task<HostProcess> StartAsync(
        HostProject project,
        string name,
        Dictionary<string, string?> settings,
        IReadOnlyList<string> arguments,
        CancellationToken ct
    ) =>
        await HostProcess
            .Launch(project, Ports.FreeOr(0), Merge(Settings, settings), Log(name), Clock, skipWait: CancellationToken.None, arguments)
            .WaitUntilReadyAsync(ct);

    // The values of the second dictionary take precedence.
    private static Dictionary<string, string?> Merge(IReadOnlyDictionary<string, string?> settings, Dictionary<string, string?> others) =>
        others.Concat(settings.Where(setting => !others.ContainsKey(setting.Key))).ToDictionary();

    /// <summary>Opens a connection as the superuser.</summary>
    internal async Task<NpgsqlConnection> OpenAsync(string database, CancellationToken ct)
    {
        var connection = new NpgsqlConnection(
            new NpgsqlConnectionStringBuilder(_postgres.ConnectionString) { Database = database, Pooling = false }.ConnectionString
        );
        await connection.OpenAsync(ct);
        return connection;
    }

    internal string ControlDatabase => new NpgsqlConnectionStringBuilder(Settings["ConnectionStrings__saas-platform"]).Database!;

    internal Task<NpgsqlConnection> OpenControlAsync(CancellationToken ct) => OpenAsync(ControlDatabase, ct);

    /// <summary>Executes statements that may take minutes, for example to fill tables.</summary>
    internal async Task ExecuteAsync(string database, string sql, CancellationToken ct)
    {
        await using var connection = await OpenAsync(database, ct);
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync(ct);
    }

    /// <summary>Returns the database names by tenant id.</summary>
    internal async Task<IReadOnlyDictionary<Guid, string>> TenantDatabasesAsync(CancellationToken ct)
    {
        await using var control = await OpenControlAsync(ct);
        await using var names = new NpgsqlCommand("SELECT id, database_name FROM tenants", control);
        await using var rows = await names.ExecuteReaderAsync(ct);
        Dictionary<Guid, string> databases = [];
        while (await rows.ReadAsync(ct))
        {
            databases[rows.GetGuid(0)] = rows.GetString(1);
        }

        return databases;
    }

    internal ILogger Log(string resource) => _logs.CreateLogger(resource);

    internal async Task<string> PostgresVersionAsync(CancellationToken ct)
    {
        await using var connection = await OpenAsync("postgres", ct);
        await using var version = new NpgsqlCommand("SHOW server_version", connection);
        return (string)(await version.ExecuteScalarAsync(ct))!;
    }

    public async ValueTask DisposeAsync()
    {
        _requests?.Dispose();
        if (_api is not null)
        {
            await _api.DisposeAsync();
        }

        if (_provisioner is not null)
        {
            await _provisioner.DisposeAsync();
        }

        await _redis.DisposeAsync();
        await _postgres.DisposeAsync();
        _data.Dispose();
    }
}
