using Microsoft.Extensions.Logging;
using Spectre.Console;

namespace SaaS.AppHost.Embedded;

/// <summary>The system on a bare machine: which engines there are, what runs on them, and who waits for whom.</summary>
internal sealed class EmbeddedHost(StartOptions options, IAnsiConsole console, ILoggerFactory logs, TimeProvider clock)
{
    // The children of a run that was killed have ten seconds to drain, and hold their ports meanwhile.
    private static readonly TimeSpan EndOfKilledRun = TimeSpan.FromSeconds(15);

    /// <summary>Runs until <paramref name="stopping"/>, then stops in the opposite order; with <paramref name="hurry"/> no host is waited for.</summary>
    internal async Task RunAsync(CancellationToken stopping, CancellationToken hurry)
    {
        var started = clock.GetTimestamp();
        if (options.EntraStandIn && !HostEnvironment.IsDevelopment)
        {
            throw new EngineException("--entra-stand-in lets anybody sign in as anybody: it is for the environment Development alone.");
        }

        using var data = options.Ephemeral ? DataFolder.OpenEphemeral() : DataFolder.Open(options.DataFolder);
        await Ports.RequireAsync(options.ApiPort, data.LastRunWasKilled ? EndOfKilledRun : TimeSpan.Zero, clock, stopping);
        var keys = KeyRing.LoadOrCreate(data.Keys);

        string[] standIns = options.EntraStandIn ? ["entra"] : [];
        await using var table = new LiveTable(console, clock);
        table.Show(["postgres", "redis", .. standIns, "migrate", "api", "worker", "scheduler"]);

        var redisStarting = table.FollowAsync("redis", () => StartRedis(data, keys), server => server.Address);
        await using var postgres = await table.FollowAsync("postgres", () => StartPostgres(data, keys, stopping), server => server.Address);
        await using var redis = await redisStarting;

        var settings = HostEnvironment.ForHosts(keys, data, options.ApiPort, postgres.Port, redis.ConnectionString);
        await using var entra = options.EntraStandIn ? LaunchEntra() : null;
        if (entra is not null)
        {
            await Ready("entra", entra);
            settings = HostEnvironment.WithEntra(settings, entra.Address);
        }

        var superuser = HostEnvironment.ForMigration(settings, postgres.ConnectionString);
        await table.FollowAsync("migrate", Migrate, took => $"in {took.TotalSeconds:0.0} s", done: "done");

        // Where ops/prometheus/prometheus.yml looks for them, unless they are taken.
        var numbers = new Dictionary<string, int> { ["api"] = 9464, ["worker"] = 9465, ["scheduler"] = 9466 }
            .ToDictionary(usual => usual.Key, usual => Ports.FreeOr(usual.Value, Log(usual.Key)));
        await using var scheduler = Launch("scheduler", HostProject.Scheduler, port: Ports.FreeOr(5555, Log("scheduler")));
        await using var worker = Launch("worker", HostProject.Worker, port: Ports.FreeOr(5001, Log("worker")));
        await using var api = Launch("api", HostProject.Api, port: options.ApiPort);
        await Task.WhenAll(Ready("scheduler", scheduler), Ready("worker", worker), Ready("api", api));

        await table.DisposeAsync();
        HostEnvironment.Save(settings, data);
        TellReady(clock.GetElapsedTime(started), postgres.IsNew, data.Root, numbers, entra?.Address);
        await Task.Delay(Timeout.Infinite, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        console.Profile.Out.Writer.WriteLine("Stopping; Ctrl-C again to wait for nothing");

        Task<TimeSpan> Migrate() => MigrationRun.RunAsync(superuser, Log("migrate"), clock, stopping);

        HostProcess Launch(string name, HostProject project, int port) =>
            HostProcess.Launch(project, port, HostEnvironment.ForServing(settings, numbers[name]), Log(name), clock, hurry);

        // No host's settings: it is given none of their secrets.
        HostProcess LaunchEntra() =>
            HostProcess.Launch(HostProject.EntraStandIn, Ports.FreeOr(5080, Log("entra")), new Dictionary<string, string?>(), Log("entra"), clock, hurry);

        Task Ready(string name, HostProcess host) => table.FollowAsync(name, () => host.ReadyAsync(stopping), ready => ready.Address);
    }

    private Task<PostgresServer> StartPostgres(DataFolder data, KeyRing keys, CancellationToken stopping)
    {
        var server = new PostgresServerOptions(data.Postgres, keys.PostgresPassword) { Durable = !options.Ephemeral };
        return PostgresServer.StartAsync(server, Log("postgres"), clock, stopping);
    }

    // Garnet's start keeps its thread busy, and PostgreSQL need not wait for it.
    private Task<GarnetServer> StartRedis(DataFolder data, KeyRing keys) =>
        Task.Run(() => GarnetServer.Start(data.Redis, keys.RedisPassword, Ports.FreeOr(6379, Log("redis"))));

    private void TellReady(TimeSpan took, bool isFirstStart, string dataFolder, IReadOnlyDictionary<string, int> numbers, string? entra)
    {
        var lines = console.Profile.Out.Writer;
        lines.WriteLine($"Ready in {took.TotalSeconds:0.0} s ({(isFirstStart ? "first start" : "warm start")})");
        lines.WriteLine($"  API          http://localhost:{options.ApiPort}");
        lines.WriteLine($"  docs         http://localhost:{options.ApiPort}/api/docs");
        lines.WriteLine($"  metrics      {string.Join("  ", numbers.Select(host => $"{host.Key} http://localhost:{host.Value}/metrics"))}");
        lines.WriteLine($"  data folder  {dataFolder}");
        if (entra is not null)
        {
            lines.WriteLine($"  Entra        {entra}/stand-in says who can sign in, and with what a tenant is configured");
        }
    }

    private ILogger Log(string resource) => logs.CreateLogger(resource);
}
