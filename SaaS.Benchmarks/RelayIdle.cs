using System.Globalization;
using Npgsql;
using SaaS.Infrastructure.Postgres;
using SaaS.LocalServices;

namespace SaaS.Benchmarks;

/// <summary>The cost of idle tenants, which should be zero because the relay polls only tenants with events.</summary>
internal static class RelayIdle
{
    private static readonly int[] Counts = [10, 1_000];
    private static readonly TimeSpan Duration = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan WarmUp = TimeSpan.FromMinutes(4); // longer than a pending-tenant marker lives

    internal static readonly Figure Figure = new(
        "relay-idle",
        $"transactions a minute of an idle API and worker with {Counts[^1]} tenants ÷ with {Counts[0]}",
        "transactions/min",
        Goal.AtMost(1.1),
        MeasureAsync
    );

    private static async Task<Measured> MeasureAsync(SystemUnderMeasurement system, CancellationToken ct)
    {
        using var http = system.NewClient();
        await using var server = await system.OpenAsync("postgres", ct);
        await server.RunAsync("ALTER SYSTEM SET autovacuum = off", ct); // autovacuum connects to every database
        await server.RunAsync("SELECT pg_reload_conf()", ct);
        await using var worker = await system.StartHostAsync(HostProject.Worker, "worker", ct);
        var tenants = await Tenants.StartAsync(http, system, ct);

        var (made, perMinute) = (0, new List<double>());
        foreach (var count in Counts)
        {
            await tenants.CreateAsync(count - made, ct);
            made = count;
            await Task.Delay(WarmUp, SystemUnderMeasurement.Clock, ct);
            var before = await CountAsync();
            await Task.Delay(Duration, SystemUnderMeasurement.Clock, ct);
            perMinute.Add(await CountAsync() - before);
            await system.Progress.WriteLineAsync(
                string.Create(CultureInfo.InvariantCulture, $"  {count} tenants: {perMinute[^1]:0} transactions a minute")
            );
        }

        return new Measured([new Round(perMinute[^1], perMinute[0], Others: 0)]);

        async Task<long> CountAsync()
        {
            await using var count = new NpgsqlCommand(
                "SELECT sum(xact_commit + xact_rollback)::bigint FROM pg_stat_database WHERE datname <> 'postgres'",
                server
            );
            return (long)(await count.ExecuteScalarAsync(ct))!;
        }
    }
}
