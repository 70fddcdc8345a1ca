using System.Diagnostics;
using Npgsql;
using SaaS.Core.Persistence;

namespace SaaS.Benchmarks;

/// <summary>The cost of creating a tenant beyond the database copy: role, owner, grants, rows, audit, event, HTTP.</summary>
internal static class TenantCreation
{
    private const int PerRound = 9;

    internal static readonly Figure Figure = new(
        "tenant-creation",
        "POST /api/tenants ÷ CREATE DATABASE of the same template alone",
        "ms",
        Goal.AtMost(2),
        MeasureAsync
    );

    private static async Task<Measured> MeasureAsync(SystemUnderMeasurement system, CancellationToken ct)
    {
        using var http = system.NewClient();
        var tenants = await Tenants.StartAsync(http, system, ct);
        await using var connection = await system.OpenAsync("postgres", ct);
        var made = 0;

        return await Rounds.InterleaveAsync(
            ours: _ => MedianAsync(() => tenants.CreateAsync(ct)),
            anchor: _ => MedianAsync(CopyAsync),
            system,
            ct
        );

        async Task CopyAsync()
        {
            await using var copy = new NpgsqlCommand($"CREATE DATABASE copy_{made++} TEMPLATE {SchemaVersions.Template}", connection);
            await copy.ExecuteNonQueryAsync(ct);
        }
    }

    private static async Task<double> MedianAsync(Func<Task> make)
    {
        List<double> took = [];
        for (var i = 0; i < PerRound; i++)
        {
            var began = Stopwatch.GetTimestamp();
            await make();
            took.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
        }

        return Numbers.Median(took);
    }
}
