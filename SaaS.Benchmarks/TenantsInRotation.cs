using System.Diagnostics;
using System.Globalization;
using Npgsql;

namespace SaaS.Benchmarks;

/// <summary>
/// The latency when each request is for another tenant, with a connection budget for all of them. The latency with a small budget, where
/// each request starts a PostgreSQL process, is printed too.
/// </summary>
internal static class TenantsInRotation
{
    private const int Count = 1_000;
    private const int Budget = 1_100;
    private const int SmallBudget = 80;
    private const int PerRound = 2_000;

    internal static readonly Figure Figure = new(
        "tenants-in-rotation",
        $"p50 of GET documents, {Count} tenants in turn ÷ one tenant",
        "ms",
        Goal.AtMost(1.3),
        MeasureAsync
    );

    private static async Task<Measured> MeasureAsync(SystemUnderMeasurement system, CancellationToken ct)
    {
        using var http = system.NewClient();
        var tenants = await Tenants.StartAsync(http, system, ct);
        var all = await tenants.CreateAsync(Count, ct);

        await using var roomy = await system.StartApiAsync(
            new()
            {
                ["TenantConnections__Budget"] = Budget.ToString(CultureInfo.InvariantCulture),
                ["TenantConnections__IdleLifetime"] = "01:00:00",
            },
            ct
        );
        var api = new Uri(roomy.Address);
        await Load.WarmUpAsync(http, clients: 1, () => tenants.CreateListRequest(api, all[0]), ct);
        var process = ProcessMemory.FindHost(roomy.Address);
        var before = (Api: ProcessMemory.PrivateKibibytes(process), Postgres: await PostgresMemoryAsync());
        await AskAsync(api, AllInTurn, Count);
        var after = (Api: ProcessMemory.PrivateKibibytes(process), Postgres: await PostgresMemoryAsync());
        var open = await CountOpenAsync();
        await system.Progress.WriteLineAsync(
            string.Create(
                CultureInfo.InvariantCulture,
                $"  {open} connections open of {Budget}; an open tenant holds {(after.Api - before.Api) / open:0} KiB in the API, {(after.Postgres - before.Postgres) / open:0} KiB in PostgreSQL"
            )
        );

        await WriteRawLatencyAsync(system, ct);
        var measured = await Rounds.InterleaveAsync(
            ours: _ => AskAsync(api, AllInTurn, PerRound),
            anchor: _ => AskAsync(api, _ => all[0], PerRound),
            system,
            ct
        );

        var seldom = await AskAsync(system.Api, AllInTurn, Count);
        await system.Progress.WriteLineAsync(
            string.Create(
                CultureInfo.InvariantCulture,
                $"  with a budget of {SmallBudget}, where each request opens a connection: p50 {seldom:0.#} ms"
            )
        );
        return measured;

        Guid AllInTurn(int turn) => all[turn % Count];

        async Task<double> AskAsync(Uri at, Func<int, Guid> which, int times) =>
            Numbers.Median(await Load.OneByOneAsync(http, turn => tenants.CreateListRequest(at, which(turn)), times, ct));

        async Task<int> CountOpenAsync()
        {
            await using var connection = await system.OpenAsync("postgres", ct);
            await using var count = new NpgsqlCommand(
                "SELECT count(*)::int FROM pg_stat_activity WHERE datname LIKE 'tenant%'",
                connection
            );
            return (int)(await count.ExecuteScalarAsync(ct))!;
        }

        async Task<double> PostgresMemoryAsync()
        {
            await using var connection = await system.OpenAsync("postgres", ct);
            await using var backends = new NpgsqlCommand("SELECT pid FROM pg_stat_activity WHERE datname LIKE 'tenant%'", connection);
            await using var rows = await backends.ExecuteReaderAsync(ct);
            var sum = 0.0;
            while (await rows.ReadAsync(ct))
            {
                sum += ProcessMemory.PrivateKibibytes(rows.GetInt32(0));
            }

            return sum;
        }
    }

    /// <summary>Prints the share of PostgreSQL, whose idle processes have cold caches.</summary>
    private static async Task WriteRawLatencyAsync(SystemUnderMeasurement system, CancellationToken ct)
    {
        await using var connections = new OpenConnections();
        foreach (var database in (await system.TenantDatabasesAsync(ct)).Values)
        {
            connections.All.Add(await system.OpenAsync(database, ct));
        }

        await AskAsync(turn => connections.All[turn % connections.All.Count]);
        var inTurn = await AskAsync(turn => connections.All[turn % connections.All.Count]);
        var one = await AskAsync(_ => connections.All[0]);
        await system.Progress.WriteLineAsync(
            string.Create(
                CultureInfo.InvariantCulture,
                $"  two statements over open connections, plain SQL: p50 {inTurn:0.##} ms in turn, {one:0.##} ms on one"
            )
        );

        async Task<double> AskAsync(Func<int, NpgsqlConnection> which)
        {
            var took = new double[PerRound];
            for (var turn = 0; turn < PerRound; turn++)
            {
                var began = Stopwatch.GetTimestamp();
                await using var command = new NpgsqlCommand(
                    "SELECT count(*) FROM documents; SELECT * FROM documents d JOIN files f ON f.id = d.file_id ORDER BY d.created_at DESC LIMIT 20",
                    which(turn)
                );
                await command.ExecuteNonQueryAsync(ct);
                took[turn] = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
            }

            return Numbers.Median(took);
        }
    }
}
