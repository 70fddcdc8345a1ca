using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql;
using SaaS.Core.Persistence;

namespace SaaS.Benchmarks;

/// <summary>The <c>migrate</c> command, including its start, for tenants that are one migration behind.</summary>
internal static class TenantMigrations
{
    private const int Count = 200;
    private const int PerFigure = 3;

    internal static readonly Figure ByFour = SideBySide(4);
    internal static readonly Figure ByEight = SideBySide(8);

    private static Figure SideBySide(int workers) =>
        new(
            $"tenant-migrations-{workers}",
            $"migrating {Count} tenants {workers} at a time ÷ one at a time",
            "s",
            Goal: null,
            (system, ct) => MeasureAsync(system, workers, ct)
        );

    private static async Task<Measured> MeasureAsync(SystemUnderMeasurement system, int workers, CancellationToken ct)
    {
        using var http = system.NewClient();
        await (await Tenants.StartAsync(http, system, ct)).CreateAsync(Count, ct);

        return await Rounds.InterleaveAsync(ours: _ => MigrateAsync(workers), anchor: _ => MigrateAsync(1), system, ct, PerFigure);

        async Task<double> MigrateAsync(int parallel)
        {
            await RevertMigrationsAsync(system, ct);
            return (await system.MigrateAsync(ct, "--parallel", $"{parallel}")).TotalSeconds;
        }
    }

    /// <summary>Reverts every tenant database to the state before the first migration, which no part of the product does.</summary>
    private static async Task RevertMigrationsAsync(SystemUnderMeasurement system, CancellationToken ct)
    {
        foreach (var database in (await system.TenantDatabasesAsync(ct)).Values)
        {
            await using var connection = await system.OpenAsync(database, ct);
            await using var db = new TenantDbContext(
                new DbContextOptionsBuilder<TenantDbContext>().UseNpgsql(connection).UseSnakeCaseNamingConvention().Options
            );
            await db.GetService<IMigrator>().MigrateAsync(Migration.InitialDatabase, ct);
        }

        await using var control = await system.OpenControlAsync(ct);
        await using var behind = new NpgsqlCommand("UPDATE tenants SET schema_version = $1", control)
        {
            Parameters = { new() { Value = Migration.InitialDatabase } },
        };
        await behind.ExecuteNonQueryAsync(ct);
    }
}
