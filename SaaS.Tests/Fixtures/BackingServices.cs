using Microsoft.Extensions.Logging.Abstractions;
using SaaS.LocalServices;

namespace SaaS.Tests.Fixtures;

/// <summary>
/// The backing services that <c>dotnet run</c> starts, in a folder of their own and without durability after a power failure.
/// </summary>
internal sealed class BackingServices : IAsyncDisposable
{
    private readonly DataFolder _data;
    private readonly PostgresServer _postgres;
    private readonly GarnetServer _redis;

    private BackingServices(DataFolder data, PostgresServer postgres, GarnetServer redis, KeyRing keys)
    {
        (_data, _postgres, _redis) = (data, postgres, redis);
        Settings = HostSettings
            .ForMigration(
                HostSettings.ForHosts(keys, data, apiPort: 4999, postgres.Port, redis.ConnectionString),
                postgres.ConnectionString
            )
            // KAFKA_BOOTSTRAP_SERVERS names the brokers of the tests, and a host would use them as its own.
            .Append(KeyValuePair.Create("ConnectionStrings__kafka", (string?)""))
            .ToDictionary(setting => setting.Key.Replace("__", ":", StringComparison.Ordinal), setting => setting.Value);
    }

    /// <summary>The settings of the hosts, created by the same code as for <c>dotnet run</c>.</summary>
    public IReadOnlyDictionary<string, string?> Settings { get; }

    public static async Task<BackingServices> StartAsync()
    {
        var data = DataFolder.OpenEphemeral();
        var keys = KeyRing.LoadOrCreate(data.Keys);
        var postgres = await PostgresServer.StartAsync(
            new PostgresServerOptions(data.Postgres, keys.PostgresPassword) { Port = 0, Durable = false },
            NullLogger.Instance,
            TimeProvider.System,
            CancellationToken.None
        );
        var redis = GarnetServer.Start(data.Redis, keys.RedisPassword, Ports.FreeOr(0));
        return new BackingServices(data, postgres, redis, keys);
    }

    public async ValueTask DisposeAsync()
    {
        await _redis.DisposeAsync();
        await _postgres.DisposeAsync();
        _data.Dispose();
    }
}
