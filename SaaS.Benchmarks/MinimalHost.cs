using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry.Metrics;
using SaaS.Infrastructure.Postgres;

namespace SaaS.Benchmarks;

/// <summary>
/// A minimal host with the same libraries: a probe, metrics, and a table that is updated every few seconds. It shows the memory that the
/// libraries use.
/// </summary>
internal static class MinimalHost
{
    /// <summary>The argument that makes this program run as this host.</summary>
    internal const string Role = "serve-least-host";

    /// <summary>The garbage collection and compilation settings of the worker and the scheduler.</summary>
    internal static readonly Dictionary<string, string?> Settings = new()
    {
        ["DOTNET_gcServer"] = "0",
        ["DOTNET_gcConcurrent"] = "0",
        ["DOTNET_TieredPGO"] = "0",
    };

    /// <summary>Creates the table, for which the host has no permission.</summary>
    internal static async Task PrepareAsync(SystemUnderMeasurement system, CancellationToken ct)
    {
        await using var control = await system.OpenControlAsync(ct);
        await control.RunAsync(
            "CREATE TABLE turns (id uuid PRIMARY KEY, at timestamptz NOT NULL, is_over boolean NOT NULL); GRANT ALL ON turns TO PUBLIC",
            ct
        );
    }

    internal static async Task<int> ServeAsync()
    {
        var builder = WebApplication.CreateBuilder();
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.Services.AddOpenTelemetry().WithMetrics(metrics => metrics.AddAspNetCoreInstrumentation());
        builder.Services.AddDbContextPool<MinimalDbContext>(options =>
            options.UseNpgsql(builder.Configuration.GetConnectionString("saas-platform"))
        );
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddHostedService<Turns>();
        await using var app = builder.Build();
        app.MapGet(BareEndpoint.Health, () => TypedResults.Ok());
        await app.RunAsync();
        return 0;
    }

    private sealed class Turn
    {
        public Guid Id { get; set; }

        public DateTimeOffset At { get; set; }

        public bool IsOver { get; set; }
    }

    private sealed class MinimalDbContext(DbContextOptions<MinimalDbContext> options) : DbContext(options)
    {
        protected override void OnModelCreating(ModelBuilder modelBuilder) =>
            modelBuilder.Entity<Turn>(turn =>
            {
                turn.ToTable("turns");
                turn.Property(one => one.Id).HasColumnName("id");
                turn.Property(one => one.At).HasColumnName("at");
                turn.Property(one => one.IsOver).HasColumnName("is_over");
            });
    }

    // The same statements as for job runs: insert, update, query and delete old rows.
    private sealed class Turns(IServiceScopeFactory scopes, TimeProvider clock) : BackgroundService
    {
        private static readonly TimeSpan Every = TimeSpan.FromSeconds(5);
        private static readonly TimeSpan Kept = TimeSpan.FromMinutes(1);

        protected override async Task ExecuteAsync(CancellationToken stoppingToken)
        {
            using var timer = new PeriodicTimer(Every, clock);
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                await using var scope = scopes.CreateAsyncScope();
                var db = scope.ServiceProvider.GetRequiredService<MinimalDbContext>();
                var now = clock.GetUtcNow();
                db.Set<Turn>().Add(new Turn { Id = Guid.CreateVersion7(now), At = now });
                await db.SaveChangesAsync(stoppingToken);
                await db.Set<Turn>()
                    .Where(turn => !turn.IsOver)
                    .ExecuteUpdateAsync(set => set.SetProperty(turn => turn.IsOver, true), stoppingToken);
                _ = await db.Set<Turn>()
                    .AsNoTracking()
                    .Where(turn => turn.At <= now)
                    .OrderByDescending(turn => turn.At)
                    .Take(5)
                    .ToListAsync(stoppingToken);
                await db.Set<Turn>().Where(turn => turn.At < now - Kept).ExecuteDeleteAsync(stoppingToken);
            }
        }
    }
}
