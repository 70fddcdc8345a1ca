using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using SaaS.Core.Access;
using SaaS.Core.Http;
using SaaS.Core.Persistence;
using SaaS.Infrastructure.Scheduling;

namespace SaaS.Core.Operations.JobsPage;

/// <summary>The buttons: each does what the API's route of the same name does, and says in words how it went.</summary>
internal static class ControlJobs
{
    internal static void Map(RouteGroupBuilder operators)
    {
        operators.MapPost("/{name}/run", async (string name, IEnumerable<JobSchedule> schedules, JobControl control, CurrentUser currentUser, ControlDbContext db, TimeProvider clock, HttpRequest request, CancellationToken ct) =>
            Tell(request, name, (await RunJob.Handle(name, schedules, control, currentUser, db, clock, ct)).Result));
        operators.MapPost("/{name}/pause", async (string name, IEnumerable<JobSchedule> schedules, JobControl control, CurrentUser currentUser, ControlDbContext db, HttpRequest request, CancellationToken ct) =>
            Tell(request, name, (await PauseJob.Handle(name, schedules, control, currentUser, db, ct)).Result));
        operators.MapPost("/{name}/resume", async (string name, IEnumerable<JobSchedule> schedules, JobControl control, CurrentUser currentUser, ControlDbContext db, HttpRequest request, CancellationToken ct) =>
            Tell(request, name, (await PauseJob.HandleResume(name, schedules, control, currentUser, db, ct)).Result));
        operators.MapPost("/runs/{runId:guid}/cancel", async (Guid runId, CurrentUser currentUser, ControlDbContext db, TimeProvider clock, HttpRequest request, CancellationToken ct) =>
            Tell(request, job: null, (await CancelJobRun.Handle(runId, currentUser, db, clock, ct)).Result));
    }

    // The script shows the words; without it the browser goes back to the page, which shows what has become of it.
    private static IResult Tell(HttpRequest request, string? job, IResult done)
    {
        var (words, status) = done switch
        {
            ProblemResult { Problem: var problem } => (problem.Message, ProblemResult.StatusOf(problem.Kind)),
            Accepted<ApiResponse<RequestedRun>> => ("It will run within some seconds", StatusCodes.Status202Accepted),
            Ok<Done> { Value: { } said } => (said.Message, StatusCodes.Status200OK),
            _ => throw new InvalidOperationException($"A button answered with {done.GetType().Name}."),
        };
        return request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase)
            ? TypedResults.LocalRedirect(job is null ? JobsPageModule.Root : $"{JobsPageModule.Root}/{job}")
            : TypedResults.Text(words, statusCode: status);
    }
}
