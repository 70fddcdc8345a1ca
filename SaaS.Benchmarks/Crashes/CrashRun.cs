using System.Globalization;
using Npgsql;

namespace SaaS.Benchmarks.Crashes;

/// <summary>Writes while processes are killed, waits until every event is consumed, and verifies each write.</summary>
internal sealed class CrashRun(CrashSystem system, CrashOptions options)
{
    private const int MaxDelay = 500;

    /// <summary>The time without progress after which no more events are expected; longer than any back-off or failover.</summary>
    private static readonly TimeSpan Timeout = TimeSpan.FromMinutes(2);

    private static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan WritePollInterval = TimeSpan.FromMilliseconds(50);

    private readonly TimeProvider _clock = SystemUnderMeasurement.Clock;
    private readonly Random _random = new(options.Seed);
    private readonly Dictionary<string, int> _kills = [];
    private IReadOnlyDictionary<Guid, string> _databases = new Dictionary<Guid, string>();
    private int _killCount;

    internal async Task<CrashReport> RunAsync(CancellationToken ct)
    {
        using var http = Load.NewClient();
        var began = _clock.GetTimestamp();
        var writers = await PrepareAsync(http, ct);
        var writing = Task.WhenAll(writers.Select(writer => Task.Run(() => writer.WriteAsync(NeedsMoreWrites, ct), ct)));
        await KillUntilAsync(writers, writing, ct);
        await writing;
        await WriteProgressAsync(
            $"{writers.Sum(writer => writer.Acknowledged.Count)} writes acknowledged, {_killCount} kills; waiting for the last events"
        );

        await WaitForPostgresAsync(ct);
        await WaitForEventsAsync(ct);
        await system.StopWorkersAsync();
        var deliveries = await system.ReadDeliveriesAsync(ct);
        List<TenantCrashResult> verdicts = [];
        foreach (var writer in writers)
        {
            verdicts.Add(TenantCrashResult.From(writer.Acknowledged, await ReadAuditAsync(writer.Tenant, ct)));
        }

        return new CrashReport(
            system.Transport,
            verdicts,
            _kills,
            deliveries.Count - deliveries.Distinct().Count(),
            _clock.GetElapsedTime(began)
        );
    }

    private async Task<IReadOnlyList<CrashWriter>> PrepareAsync(HttpClient http, CancellationToken ct)
    {
        var owner = await Tenants.StartAsync(http, system.Measured, ct);
        var documents = await Uploads.SendOneEachAsync(http, system.Measured.Api, owner, await owner.CreateAsync(options.Tenants, ct), ct);
        _databases = await system.Measured.TenantDatabasesAsync(ct);
        await using var server = await system.Measured.OpenAsync("postgres", ct);

        // After a checkpoint, recovery replays only the writes of the test, not the creation of the tenants.
        await using var checkpoint = new NpgsqlCommand("CHECKPOINT", server);
        await checkpoint.ExecuteNonQueryAsync(ct);
        return [.. documents.Select(of => new CrashWriter(http, system.Measured.Api, owner, of.Tenant, of.Document))];
    }

    private bool NeedsMoreWrites(CrashWriter writer) =>
        writer.Acknowledged.Count * options.Tenants < options.Writes || Volatile.Read(ref _killCount) < options.Kills;

    private async Task KillUntilAsync(IReadOnlyList<CrashWriter> writers, Task written, CancellationToken ct)
    {
        Queue<(string Name, Action Kill)> next = [];
        while (await IsWritingAgainAsync(writers, written, ct))
        {
            if (next.Count == 0)
            {
                var victims = system.Victims.ToArray();
                _random.Shuffle(victims); // each process is killed once per round, in random order
                next = new(victims);
            }

            var (name, kill) = next.Dequeue();
            await WriteProgressAsync($"kill -9 {name}");
            kill();
            _kills[name] = _kills.GetValueOrDefault(name) + 1;
            Interlocked.Increment(ref _killCount);
        }
    }

    /// <summary>Waits for about one kill's share of the writes and a random delay, so that a process is killed while it is busy.</summary>
    /// <returns>False when all writes are done.</returns>
    private async Task<bool> IsWritingAgainAsync(IReadOnlyList<CrashWriter> writers, Task written, CancellationToken ct)
    {
        var next = Acknowledged() + (options.Writes / Math.Max(1, options.Kills) * (0.5 + _random.NextDouble()));
        while (Acknowledged() < next)
        {
            if (await Task.WhenAny(written, Task.Delay(WritePollInterval, _clock, ct)) == written)
            {
                return false;
            }
        }

        return await Task.WhenAny(written, Task.Delay(TimeSpan.FromMilliseconds(_random.Next(MaxDelay)), _clock, ct)) != written;

        int Acknowledged() => writers.Sum(writer => writer.Acknowledged.Count);
    }

    /// <summary>Waits for PostgreSQL, which may have been killed last.</summary>
    private async Task WaitForPostgresAsync(CancellationToken ct)
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                await using var connection = await system.Measured.OpenControlAsync(ct);
                return;
            }
            catch (NpgsqlException) when (tries * PollInterval < Timeout)
            {
                await Task.Delay(PollInterval, _clock, ct);
            }
        }
    }

    private async Task WaitForEventsAsync(CancellationToken ct)
    {
        var (seen, since) = (-1L, _clock.GetTimestamp());
        while (_clock.GetElapsedTime(since) < Timeout)
        {
            var (writes, effects) = (0L, 0L);
            foreach (var tenant in _databases.Keys)
            {
                var audit = await ReadAuditAsync(tenant, ct);
                writes += audit.Count(entry => !entry.IsEffect);
                effects += audit.Count(entry => entry.IsEffect);
            }

            if (effects >= writes)
            {
                return;
            }

            if (effects != seen)
            {
                (seen, since) = (effects, _clock.GetTimestamp());
            }

            await Task.Delay(PollInterval, _clock, ct);
        }

        await WriteProgressAsync(string.Create(CultureInfo.InvariantCulture, $"no events for {Timeout.TotalMinutes:0} minutes"));
    }

    /// <summary>Returns the audit entries in commit order; each was written in its own transaction.</summary>
    private async Task<IReadOnlyList<CrashAudit>> ReadAuditAsync(Guid tenant, CancellationToken ct)
    {
        await using var connection = await system.Measured.OpenAsync(_databases[tenant], ct);
        await using var command = new NpgsqlCommand(
            "SELECT trace_id, action = $1 FROM audit_entries WHERE action IN ($1, 'document.updated') ORDER BY xmin::text::bigint",
            connection
        )
        {
            Parameters = { new() { Value = CrashWorker.Effect.Name } },
        };
        await using var rows = await command.ExecuteReaderAsync(ct);
        List<CrashAudit> entries = [];
        while (await rows.ReadAsync(ct))
        {
            entries.Add(new CrashAudit(CrashWriter.NumberOf(rows.GetString(0)), rows.GetBoolean(1)));
        }

        return entries;
    }

    private Task WriteProgressAsync(string line) => system.Measured.Progress.WriteLineAsync($"  {line}");
}

/// <summary>The audit entry of a write or of its effect.</summary>
internal sealed record CrashAudit(long Number, bool IsEffect);
