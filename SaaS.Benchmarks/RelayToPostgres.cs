using System.Diagnostics;
using Npgsql;
using SaaS.Core.Messaging;
using SaaS.Infrastructure.Postgres;

namespace SaaS.Benchmarks;

/// <summary>The throughput of the relay without Kafka, to the event log in PostgreSQL.</summary>
internal static class RelayToPostgres
{
    internal static readonly Figure Figure = new(
        "relay-postgres",
        $"events from the outboxes of {FilledOutboxes.TenantCount} tenants to the log in PostgreSQL ÷ the same rows from memory by COPY",
        "events/s",
        Goal: null,
        MeasureAsync
    );

    private static async Task<Measured> MeasureAsync(SystemUnderMeasurement system, CancellationToken ct)
    {
        await using var control = await system.OpenControlAsync(ct);
        await control.RunAsync("CREATE TABLE measured_log (LIKE event_log INCLUDING ALL)", ct);
        return await RelayRounds.MeasureAsync(system, [], outboxes => CopyAsync(outboxes, control, ct), ct);
    }

    private static async Task<double> CopyAsync(FilledOutboxes outboxes, NpgsqlConnection control, CancellationToken ct)
    {
        var records = outboxes.InMemory().ToList();
        var now = SystemUnderMeasurement.Clock.GetUtcNow();
        await control.RunAsync("TRUNCATE measured_log", ct);
        var began = Stopwatch.GetTimestamp();
        await using (
            var copy = await control.BeginBinaryImportAsync(
                "COPY measured_log (partition, position, topic, key, value, trace_parent, published_at) FROM STDIN (FORMAT binary)",
                ct
            )
        )
        {
            foreach (var (position, (tenant, envelope)) in records.Index())
            {
                await copy.WriteRowAsync(ct, 0, (long)position, DocumentUpdated.Type, tenant.ToString(), envelope, null, now);
            }

            await copy.CompleteAsync(ct);
        }

        return records.Count / Stopwatch.GetElapsedTime(began).TotalSeconds;
    }
}
