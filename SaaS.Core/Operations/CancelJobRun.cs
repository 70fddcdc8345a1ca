using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Access;
using SaaS.Core.Auditing;
using SaaS.Core.Http;
using SaaS.Core.Jobs;
using SaaS.Core.Persistence;

namespace SaaS.Core.Operations;

internal static class CancelJobRun
{
    private static readonly Problem NotRunning = new(ProblemKind.Conflict, "NOT_RUNNING", "This run has ended");

    internal static void Map(RouteGroupBuilder jobs) =>
        jobs.MapPost("/runs/{runId:guid}/cancel", Handle).ProducesProblem(ListJobRuns.NotFound, NotRunning);

    /// <summary>Requests the cancellation of a job run. A running job stops within a few seconds; its schedule continues.</summary>
    /// <remarks>A waiting run is cancelled immediately.</remarks>
    internal static async Task<Results<Ok<SuccessResponse>, ProblemResult>> Handle(
        Guid runId,
        CurrentUser currentUser,
        ControlDbContext db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        var now = clock.GetUtcNow();
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var cancelled = await db
            .JobRuns.Where(run => run.Id == runId && run.Outcome == JobOutcome.Waiting)
            .ExecuteUpdateAsync(
                set =>
                    set.SetProperty(run => run.Outcome, JobOutcome.Cancelled)
                        .SetProperty(run => run.CancelRequestedBy, currentUser.Actor.Name)
                        .SetProperty(run => run.EndedAt, now)
                        .SetProperty(run => run.Result, "Cancelled before it started"),
                ct
            );
        var asked = await db
            .JobRuns.Where(run => run.Id == runId && run.Outcome == JobOutcome.Running)
            .ExecuteUpdateAsync(
                set => set.SetProperty(run => run.CancelRequestedBy, run => run.CancelRequestedBy ?? currentUser.Actor.Name),
                ct
            );
        if (asked + cancelled == 0)
        {
            return (await db.JobRuns.AnyAsync(run => run.Id == runId, ct) ? NotRunning : ListJobRuns.NotFound).ToHttp();
        }

        var job = await db.JobRuns.Where(run => run.Id == runId).Select(run => run.Job).SingleAsync(ct);
        db.Audit.Record(tenantId: null, currentUser.Actor, AuditAction.JobCancelRequested, runId, AuditDetails.Create("job", job));
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
        return SuccessResponse.Ok(cancelled > 0 ? "Run cancelled" : "Cancellation requested");
    }
}
