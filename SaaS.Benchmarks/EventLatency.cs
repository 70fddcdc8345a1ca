using System.Globalization;
using System.Net.Http.Json;
using Npgsql;
using SaaS.Benchmarks.Crashes;

namespace SaaS.Benchmarks;

/// <summary>The latency from a change to its consumer, through outbox, relay and transport.</summary>
internal static class EventLatency
{
    private const int Count = 10;

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(10);

    internal static readonly Figure OverPostgres = NewFigure(CrashSystem.Postgres);

    internal static readonly Figure OverKafka = NewFigure(CrashSystem.Kafka);

    private static Figure NewFigure(string transport) =>
        new(
            $"event-latency-{transport}",
            $"p50 from a write to its consumer over {transport}, 20 writes a second ÷ p50 of the write itself",
            "ms",
            Goal.OursBelow(50, "ms"),
            (system, ct) => MeasureAsync(system, transport, ct)
        );

    private static async Task<Measured> MeasureAsync(SystemUnderMeasurement system, string transport, CancellationToken ct)
    {
        using var http = system.NewClient();
        using var kafka = new KafkaBrokers();
        var settings = transport is CrashSystem.Kafka ? kafka.PrepareInstallation(partitions: Count) : new Dictionary<string, string?>();
        settings[CrashWorker.Deliveries] = Path.Combine(system.Scratch, "deliveries");
        await using var worker = await system.StartRoleAsync(CrashWorker.Role, settings, ct);
        var owner = await Tenants.StartAsync(http, system, ct);
        var written = await Uploads.SendOneEachAsync(http, system.Api, owner, await owner.CreateAsync(Count, ct), ct);
        var databases = await system.TenantDatabasesAsync(ct);
        var number = 0;
        List<double> all = [];
        IReadOnlyList<double> writes = [];

        var measured = await Rounds.InterleaveAsync(
            ours: async _ =>
            {
                var took = await ReadLatenciesAsync();
                all.AddRange(took);
                return Numbers.Median(took);
            },
            anchor: async _ =>
            {
                writes = await Load.LatenciesAsync(http, NextWrite, Interval, Duration, ct); // both sides measure the same writes
                return Numbers.Median(writes);
            },
            system,
            ct
        );
        await system.Progress.WriteLineAsync(
            string.Create(
                CultureInfo.InvariantCulture,
                $"  of {all.Count} events: p50 {Numbers.Median(all):0.0} ms, p99 {Numbers.Percentile(all, 0.99):0.0} ms"
            )
        );
        return measured;

        HttpRequestMessage NextWrite()
        {
            var (tenant, document) = written[number++ % Count];
            return new(HttpMethod.Put, new Uri(system.Api, $"/api/tenants/{tenant}/documents/{document}"))
            {
                Headers = { Authorization = owner.Owner },
                Content = JsonContent.Create(new { filename = $"{number}.txt" }),
            };
        }

        // The audit entry of a write is created before its commit, so the latency is slightly overstated.
        async Task<IReadOnlyList<double>> ReadLatenciesAsync()
        {
            List<double> milliseconds = [];
            foreach (var database in databases.Values)
            {
                await using var connection = await system.OpenAsync(database, ct);
                await using (
                    var left = new NpgsqlCommand(
                        "SELECT count(*) FILTER (WHERE action = 'document.updated') = count(*) FILTER (WHERE action = $1) FROM audit_entries",
                        connection
                    )
                    {
                        Parameters = { new() { Value = CrashWorker.Effect } },
                    }
                )
                {
                    while (!(bool)(await left.ExecuteScalarAsync(ct))!)
                    {
                        await Task.Delay(Interval, SystemUnderMeasurement.Clock, ct);
                    }
                }

                await using var read = new NpgsqlCommand(
                    """
                    WITH pairs AS (
                        SELECT extract(epoch FROM e.occurred_at - w.occurred_at)::float8 * 1000 AS took
                        FROM audit_entries w JOIN audit_entries e ON e.trace_id = w.trace_id AND e.action = $1
                        WHERE w.action = 'document.updated'),
                    seen AS (DELETE FROM audit_entries WHERE action IN ('document.updated', $1))
                    SELECT took FROM pairs
                    """,
                    connection
                )
                {
                    Parameters = { new() { Value = CrashWorker.Effect } },
                };
                await using var rows = await read.ExecuteReaderAsync(ct);
                while (await rows.ReadAsync(ct))
                {
                    milliseconds.Add(rows.GetDouble(0));
                }
            }

            return milliseconds;
        }
    }
}
