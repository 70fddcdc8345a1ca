using Microsoft.Extensions.Logging;
using Npgsql;
using SaaS.AppHost.Embedded;

namespace SaaS.Benchmarks;

/// <summary>The system as it is in production, on engines of its own in a throw-away folder: PostgreSQL keeps its promises to the disk.</summary>
internal sealed class SystemUnderMeasurement : IAsyncDisposable
{
    private readonly DataFolder _data;
    private readonly PostgresServer _postgres;
    private readonly GarnetServer _redis;
    private readonly ILoggerFactory _logs;
    private HostProcess? _api;

    private SystemUnderMeasurement(DataFolder data, PostgresServer postgres, GarnetServer redis, KeyRing keys, ILoggerFactory logs, TextWriter progress)
    {
        (_data, _postgres, _redis, _logs, Progress) = (data, postgres, redis, logs, progress);
        Settings = new Dictionary<string, string?>(HostEnvironment.ForHosts(keys, data, apiPort: 4999, postgres.Port, redis.ConnectionString))
        {
            ["ASPNETCORE_ENVIRONMENT"] = "Production",
            ["DOTNET_ENVIRONMENT"] = "Production",
            ["Mail__AllowFolderOutsideDevelopment"] = "true",
        };
    }

    internal static TimeProvider Clock => TimeProvider.System;

    /// <summary>What every host is told, as environment variables.</summary>
    internal IReadOnlyDictionary<string, string?> Settings { get; }

    internal Uri Api => new(_api!.Address);

    internal TextWriter Progress { get; }

    internal static async Task<SystemUnderMeasurement> StartAsync(ILoggerFactory logs, TextWriter progress, CancellationToken ct)
    {
        var data = DataFolder.OpenEphemeral();
        var keys = KeyRing.LoadOrCreate(data.Keys);
        var postgres = await PostgresServer.StartAsync(new PostgresServerOptions(data.Postgres, keys.PostgresPassword) { Port = 0 }, logs.CreateLogger("postgres"), Clock, ct);
        var redis = GarnetServer.Start(data.Redis, keys.RedisPassword, Ports.FreeOr(0, logs.CreateLogger("redis")));
        var system = new SystemUnderMeasurement(data, postgres, redis, keys, logs, progress);
        try
        {
            await MigrationRun.RunAsync(HostEnvironment.ForMigration(system.Settings, postgres.ConnectionString), logs.CreateLogger("migrate"), Clock, ct);
            system._api = HostProcess.Launch(HostProject.Api, Ports.FreeOr(0, logs.CreateLogger("api")), system.Settings, logs.CreateLogger("api"), Clock, hurry: CancellationToken.None);
            await system._api.ReadyAsync(ct);
            return system;
        }
        catch
        {
            await system.DisposeAsync();
            throw;
        }
    }

    internal ILogger Log(string resource) => _logs.CreateLogger(resource);

    internal async Task<string> PostgresVersionAsync(CancellationToken ct)
    {
        await using var postgres = NpgsqlDataSource.Create(_postgres.ConnectionString);
        await using var version = postgres.CreateCommand("SHOW server_version");
        return (string)(await version.ExecuteScalarAsync(ct))!;
    }

    public async ValueTask DisposeAsync()
    {
        if (_api is not null)
        {
            await _api.DisposeAsync();
        }

        await _redis.DisposeAsync();
        await _postgres.DisposeAsync();
        _data.Dispose();
    }
}
