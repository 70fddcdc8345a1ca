using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using SaaS.Core.Access;
using SaaS.Core.Http;

namespace SaaS.Core.Operations;

internal static class CancelJobRun
{
    internal static void Map(RouteGroupBuilder jobs) =>
        jobs.MapPost("/runs/{runId:guid}/cancel", Handle).ProducesProblem(ListJobRuns.NotFound, JobCommands.NotRunning);

    /// <summary>Requests the cancellation of a job run. A running job stops within a few seconds; its schedule continues.</summary>
    /// <remarks>A waiting run is cancelled immediately.</remarks>
    internal static async Task<Results<Ok<SuccessResponse>, ProblemResult>> Handle(
        Guid runId,
        CurrentUser currentUser,
        JobCommands jobs,
        CancellationToken ct
    ) =>
        (await jobs.CancelRunAsync(runId, currentUser.Actor, ct)).TryGetValue(out var done, out var problem)
            ? SuccessResponse.Ok(done)
            : problem.ToHttp();
}
