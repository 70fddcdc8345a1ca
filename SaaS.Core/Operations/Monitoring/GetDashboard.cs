using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Http;
using SaaS.Core.Jobs;
using SaaS.Core.Persistence;

namespace SaaS.Core.Operations.Monitoring;

/// <summary>An overview of the system.</summary>
/// <param name="Timestamp">Time of the check (UTC).</param>
/// <param name="HealthPercentage">The share of healthy services, from 0 to 100.</param>
/// <param name="Summary">Number of services in each state.</param>
/// <param name="RecentFailures">The last five failed job runs, newest first; null while PostgreSQL is unavailable.</param>
public sealed record Dashboard(
    DateTimeOffset Timestamp,
    double HealthPercentage,
    CheckSummary Summary,
    IReadOnlyList<FailedRun>? RecentFailures
);

/// <summary>A failed run of a job.</summary>
/// <param name="Id">The id of the run.</param>
/// <param name="Job">The name of the job.</param>
/// <param name="StartedAt">Start (UTC).</param>
/// <param name="EndedAt">End (UTC).</param>
/// <param name="Error">The error.</param>
/// <param name="TraceId">The trace id, for spans and log lines.</param>
public sealed record FailedRun(Guid Id, string Job, DateTimeOffset StartedAt, DateTimeOffset? EndedAt, string? Error, string? TraceId);

internal static class GetDashboard
{
    private const int Failures = 5;

    internal static void Map(RouteGroupBuilder monitoring) => monitoring.MapGet("/dashboard", Handle);

    /// <summary>Gets an overview of services and recently failed jobs.</summary>
    internal static async Task<Ok<ApiResponse<Dashboard>>> Handle(
        ServiceChecks services,
        ControlDbContext db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        var now = clock.GetUtcNow();
        var checks = await services.RunAllAsync(ct);
        var summary = CheckSummary.From(checks);
        var failures = checks.Any(check => check is { Service: "postgres", State: ServiceState.Down })
            ? null // a query would only run into its timeout
            : await db
                .JobRuns.AsNoTracking()
                .Where(run => run.Outcome == JobOutcome.Failed)
                .OrderByDescending(run => run.StartedAt)
                .Take(Failures)
                .Select(run => new FailedRun(run.Id, run.Job, run.StartedAt, run.EndedAt, run.Result, run.TraceId))
                .ToListAsync(ct);

        return ApiResponse.Ok(
            new Dashboard(now, Math.Round(100.0 * summary.Healthy / summary.Total, 1), summary, failures),
            "Dashboard retrieved"
        );
    }
}
