using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using SaaS.Core.Access;
using SaaS.Core.Http;

namespace SaaS.Core.Operations;

internal static class PauseJob
{
    internal static void Map(RouteGroupBuilder jobs)
    {
        jobs.MapPost("/{name}/pause", Handle).ProducesProblem(JobLookup.NotFound);
        jobs.MapPost("/{name}/resume", HandleResume).WithName("resumeJob").ProducesProblem(JobLookup.NotFound);
    }

    /// <summary>Pauses the schedule of a job until it is resumed, across restarts. A current run continues.</summary>
    internal static async Task<Results<Ok<SuccessResponse>, ProblemResult>> Handle(
        string name,
        CurrentUser currentUser,
        JobCommands jobs,
        CancellationToken ct
    ) =>
        (await jobs.PauseAsync(name, currentUser.Actor, ct)).TryGetValue(out var done, out var problem)
            ? SuccessResponse.Ok(done)
            : problem.ToHttp();

    /// <summary>Resumes the schedule of a job. Missed runs are made up for by a single run.</summary>
    internal static async Task<Results<Ok<SuccessResponse>, ProblemResult>> HandleResume(
        string name,
        CurrentUser currentUser,
        JobCommands jobs,
        CancellationToken ct
    ) =>
        (await jobs.ResumeAsync(name, currentUser.Actor, ct)).TryGetValue(out var done, out var problem)
            ? SuccessResponse.Ok(done)
            : problem.ToHttp();
}
