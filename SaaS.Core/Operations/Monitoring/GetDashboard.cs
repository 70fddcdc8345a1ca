using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Http;
using SaaS.Core.Jobs;
using SaaS.Core.Persistence;

namespace SaaS.Core.Operations.Monitoring;

/// <summary>The system at a glance.</summary>
/// <param name="Timestamp">When it was looked at (UTC).</param>
/// <param name="HealthPercentage">The share of services that are healthy, from 0 to 100.</param>
/// <param name="Summary">How many services there are in each state.</param>
/// <param name="RecentFailures">The five runs of jobs that failed last, newest first; null while PostgreSQL does not answer.</param>
public sealed record Dashboard(DateTimeOffset Timestamp, double HealthPercentage, CheckSummary Summary, IReadOnlyList<FailedRun>? RecentFailures);

/// <summary>A run of a job that failed.</summary>
/// <param name="Id">The run's id.</param>
/// <param name="Job">The job's name.</param>
/// <param name="StartedAt">When it began (UTC).</param>
/// <param name="EndedAt">When it ended (UTC).</param>
/// <param name="Error">Why it failed.</param>
/// <param name="TraceId">Under which its spans and log lines are found.</param>
public sealed record FailedRun(Guid Id, string Job, DateTimeOffset StartedAt, DateTimeOffset? EndedAt, string? Error, string? TraceId);

internal static class GetDashboard
{
    private const int Failures = 5;

    internal static void Map(RouteGroupBuilder monitoring) => monitoring.MapGet("/dashboard", Handle);

    /// <summary>Shows how the system is and which jobs failed last.</summary>
    internal static async Task<Ok<ApiResponse<Dashboard>>> Handle(ServiceChecks services, ControlDbContext db, TimeProvider clock, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        var checks = await services.RunAllAsync(ct);
        var summary = CheckSummary.Of(checks);
        var failures = checks.Any(check => check is { Service: "postgres", State: ServiceState.Down })
            ? null // whoever waits for it has to wait for long
            : await db.JobRuns.AsNoTracking()
                .Where(run => run.Outcome == JobOutcome.Failed)
                .OrderByDescending(run => run.StartedAt)
                .Take(Failures)
                .Select(run => new FailedRun(run.Id, run.Job, run.StartedAt, run.EndedAt, run.Result, run.TraceId))
                .ToListAsync(ct);

        return ApiResponse.Ok(new Dashboard(now, Math.Round(100.0 * summary.Healthy / summary.Total, 1), summary, failures), "Dashboard retrieved");
    }
}
