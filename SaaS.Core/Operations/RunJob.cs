using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using SaaS.Core.Access;
using SaaS.Core.Http;

namespace SaaS.Core.Operations;

/// <summary>A requested run.</summary>
/// <param name="RunId">The id of the run in the history.</param>
public sealed record RequestedRun(Guid RunId);

internal static class RunJob
{
    internal static void Map(RouteGroupBuilder jobs) =>
        jobs.MapPost("/{name}/run", Handle).ProducesProblem(JobLookup.NotFound, JobCommands.SchedulerUnavailable);

    /// <summary>Requests an immediate run of a job, in addition to its schedule.</summary>
    /// <remarks>
    /// The run starts within a few seconds, after a current run of the job, or when a scheduler is available again. Until then its outcome
    /// is `waiting` and it can be cancelled. A paused job runs, too.
    /// </remarks>
    internal static async Task<Results<Accepted<ApiResponse<RequestedRun>>, ProblemResult>> Handle(
        string name,
        CurrentUser currentUser,
        JobCommands jobs,
        CancellationToken ct
    ) =>
        (await jobs.RunAsync(name, currentUser.Actor, ct)).TryGetValue(out var run, out var problem)
            ? ApiResponse.Accepted($"/api/admin/jobs/runs/{run.RunId}", run, "The job will run")
            : problem.ToHttp();
}
