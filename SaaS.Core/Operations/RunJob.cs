using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using SaaS.Core.Access;
using SaaS.Core.Auditing;
using SaaS.Core.Http;
using SaaS.Core.Jobs;
using SaaS.Core.Persistence;
using SaaS.Infrastructure.Scheduling;

namespace SaaS.Core.Operations;

/// <summary>A requested run.</summary>
/// <param name="RunId">The id of the run in the history.</param>
public sealed record RequestedRun(Guid RunId);

internal static class RunJob
{
    private static readonly Problem SchedulerUnavailable = new(
        ProblemKind.Unavailable,
        "SCHEDULER_AWAY",
        "No scheduler has started yet that knows this job"
    );

    internal static void Map(RouteGroupBuilder jobs) =>
        jobs.MapPost("/{name}/run", Handle).ProducesProblem(JobLookup.NotFound, SchedulerUnavailable);

    /// <summary>Requests an immediate run of a job, in addition to its schedule.</summary>
    /// <remarks>
    /// The run starts within a few seconds, after a current run of the job, or when a scheduler is available again. Until then its outcome
    /// is `waiting` and it can be cancelled. A paused job runs, too.
    /// </remarks>
    internal static async Task<Results<Accepted<ApiResponse<RequestedRun>>, ProblemResult>> Handle(
        string name,
        IEnumerable<JobSchedule> schedules,
        JobControl control,
        CurrentUser currentUser,
        ControlDbContext db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        if (schedules.Find(name) is null)
        {
            return JobLookup.NotFound.ToHttp();
        }

        // The audit entry is committed first: a recorded request without a run is harmless, a run without an entry is not.
        var request = new JobRequest(Guid.CreateVersion7(clock.GetUtcNow()), currentUser.Actor.Name);
        var run = new JobRun
        {
            Id = request.RunId,
            Job = name,
            Host = "",
            StartedAt = clock.GetUtcNow(),
            Outcome = JobOutcome.Waiting,
            RequestedBy = request.RequestedBy,
        };
        db.JobRuns.Add(run);
        db.Audit.Record(tenantId: null, currentUser.Actor, AuditAction.JobRunRequested, request.RunId, AuditDetails.Create("job", name));
        await db.SaveChangesAsync(ct);
        var isHandedOver = false;
        try
        {
            isHandedOver = await control.RunAsync(name, request, ct);
        }
        finally
        {
            if (!isHandedOver) // no scheduler would start it
            {
                db.JobRuns.Remove(run);
                await db.SaveChangesAsync(CancellationToken.None);
            }
        }

        return isHandedOver
            ? ApiResponse.Accepted($"/api/admin/jobs/runs/{request.RunId}", new RequestedRun(request.RunId), "The job will run")
            : SchedulerUnavailable.ToHttp();
    }
}
