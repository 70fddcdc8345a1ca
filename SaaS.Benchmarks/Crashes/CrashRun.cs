using System.Globalization;
using Npgsql;

namespace SaaS.Benchmarks.Crashes;

/// <summary>Writes while processes are killed, waits until every event is consumed, and verifies each write.</summary>
internal sealed class CrashRun(CrashSystem system, CrashOptions options)
{
    private const int MaxDelay = 500;

    /// <summary>The time without progress after which no more events are expected; longer than any back-off or failover.</summary>
    private static readonly TimeSpan Timeout = TimeSpan.FromMinutes(2);

    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LookForWrites = TimeSpan.FromMilliseconds(50);

    private readonly TimeProvider _clock = SystemUnderMeasurement.Clock;
    private readonly Random _random = new(options.Seed);
    private readonly Dictionary<string, int> _kills = [];
    private IReadOnlyDictionary<Guid, string> _databases = new Dictionary<Guid, string>();
    private int _killed;

    internal async Task<CrashReport> RunAsync(CancellationToken ct)
    {
        using var http = Load.NewClient();
        var began = _clock.GetTimestamp();
        var writers = await PrepareAsync(http, ct);
        var writing = Task.WhenAll(writers.Select(writer => Task.Run(() => writer.WriteAsync(MoreIsWanted, ct), ct)));
        await KillUntilAsync(writers, writing, ct);
        await writing;
        await TellAsync($"{writers.Sum(writer => writer.Acknowledged.Count)} writes acknowledged, {_killed} kills; waiting for the last events");

        await ComeBackAsync(ct);
        await ArriveAsync(ct);
        await system.StopWorkersAsync();
        var deliveries = await system.ReadDeliveriesAsync(ct);
        List<CrashVerdict> verdicts = [];
        foreach (var writer in writers)
        {
            verdicts.Add(CrashVerdict.Of(writer.Acknowledged, await ReadAuditAsync(writer.Tenant, ct)));
        }

        return new CrashReport(system.Transport, verdicts, _kills, deliveries.Count - deliveries.Distinct().Count(), _clock.GetElapsedTime(began));
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

    private bool MoreIsWanted(CrashWriter writer) =>
        writer.Acknowledged.Count * options.Tenants < options.Writes || Volatile.Read(ref _killed) < options.Kills;

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
            await TellAsync($"kill -9 {name}");
            kill();
            _kills[name] = _kills.GetValueOrDefault(name) + 1;
            Interlocked.Increment(ref _killed);
        }
    }

    /// <summary>Waits for about one kill's share of the writes and a random delay, so that a process is killed while it is busy.</summary>
    /// <returns>False when all writes are done.</returns>
    private async Task<bool> IsWritingAgainAsync(IReadOnlyList<CrashWriter> writers, Task written, CancellationToken ct)
    {
        var next = Acknowledged() + (options.Writes / Math.Max(1, options.Kills) * (0.5 + _random.NextDouble()));
        while (Acknowledged() < next)
        {
            if (await Task.WhenAny(written, Task.Delay(LookForWrites, _clock, ct)) == written)
            {
                return false;
            }
        }

        return await Task.WhenAny(written, Task.Delay(TimeSpan.FromMilliseconds(_random.Next(MaxDelay)), _clock, ct)) != written;

        int Acknowledged() => writers.Sum(writer => writer.Acknowledged.Count);
    }

    /// <summary>Waits for PostgreSQL, which may have been killed last.</summary>
    private async Task ComeBackAsync(CancellationToken ct)
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                await using var connection = await system.Measured.OpenControlAsync(ct);
                return;
            }
            catch (NpgsqlException) when (tries * LookAgain < Timeout)
            {
                await Task.Delay(LookAgain, _clock, ct);
            }
        }
    }

    private async Task ArriveAsync(CancellationToken ct)
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

            await Task.Delay(LookAgain, _clock, ct);
        }

        await TellAsync(string.Create(CultureInfo.InvariantCulture, $"no events for {Timeout.TotalMinutes:0} minutes"));
    }

    /// <summary>Returns the audit entries in commit order; each was written in its own transaction.</summary>
    private async Task<IReadOnlyList<CrashAudit>> ReadAuditAsync(Guid tenant, CancellationToken ct)
    {
        await using var connection = await system.Measured.OpenAsync(_databases[tenant], ct);
        await using var command = new NpgsqlCommand(
            "SELECT trace_id, action = $1 FROM audit_entries WHERE action IN ($1, 'document.updated') ORDER BY xmin::text::bigint", connection)
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

    private Task TellAsync(string line) => system.Measured.Progress.WriteLineAsync($"  {line}");
}

/// <summary>The audit entry of a write or of its effect.</summary>
internal sealed record CrashAudit(long Number, bool IsEffect);
