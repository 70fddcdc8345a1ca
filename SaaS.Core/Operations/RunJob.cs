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

/// <summary>A run that was asked for.</summary>
/// <param name="RunId">Under which it stands in the history.</param>
public sealed record RequestedRun(Guid RunId);

internal static class RunJob
{
    private static readonly Problem NotStored = new(ProblemKind.Unavailable, "SCHEDULER_AWAY", "No scheduler has started yet that knows this job");

    internal static void Map(RouteGroupBuilder jobs) => jobs.MapPost("/{name}/run", Handle).ProducesProblem(AdministeredJobs.NotFound, NotStored);

    /// <summary>Lets a job run now, beside its schedule.</summary>
    /// <remarks>
    /// It begins within some seconds, or when a scheduler is there again; while the job runs already, after that. Until then its outcome
    /// is `waiting`, and it can be cancelled. A paused job runs, too.
    /// </remarks>
    internal static async Task<Results<Accepted<ApiResponse<RequestedRun>>, ProblemResult>> Handle(
        string name, IEnumerable<JobSchedule> schedules, JobControl control, CurrentUser currentUser, ControlDbContext db, TimeProvider clock, CancellationToken ct)
    {
        if (schedules.Find(name) is null)
        {
            return AdministeredJobs.NotFound.ToHttp();
        }

        // The audit first: an order that nobody hears of is harmless, one that nobody gave is not.
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
        db.Audit.Record(tenantId: null, currentUser.Actor, AuditAction.JobRunRequested, request.RunId, AuditDetails.Of("job", name));
        await db.SaveChangesAsync(ct);
        var isHandedOver = false;
        try
        {
            isHandedOver = await control.RunAsync(name, request, ct);
        }
        finally
        {
            if (!isHandedOver) // nobody would begin it
            {
                db.JobRuns.Remove(run);
                await db.SaveChangesAsync(CancellationToken.None);
            }
        }

        return isHandedOver
            ? ApiResponse.Accepted($"/api/admin/jobs/runs/{request.RunId}", new RequestedRun(request.RunId), "The job will run")
            : NotStored.ToHttp();
    }
}
