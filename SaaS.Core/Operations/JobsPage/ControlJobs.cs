using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using SaaS.Core.Access;
using SaaS.Core.Http;
using SaaS.Core.Persistence;
using SaaS.Infrastructure.Scheduling;

namespace SaaS.Core.Operations.JobsPage;

/// <summary>Handles the buttons of the page with the handlers of the corresponding API endpoints.</summary>
internal static class ControlJobs
{
    internal static void Map(RouteGroupBuilder operators)
    {
        operators.MapPost(
            "/{name}/run",
            async (
                string name,
                IEnumerable<JobSchedule> schedules,
                JobControl control,
                CurrentUser currentUser,
                ControlDbContext db,
                TimeProvider clock,
                CancellationToken ct
            ) => new ButtonResult(name, (await RunJob.Handle(name, schedules, control, currentUser, db, clock, ct)).Result)
        );
        operators.MapPost(
            "/{name}/pause",
            async (
                string name,
                IEnumerable<JobSchedule> schedules,
                JobControl control,
                CurrentUser currentUser,
                ControlDbContext db,
                CancellationToken ct
            ) => new ButtonResult(name, (await PauseJob.Handle(name, schedules, control, currentUser, db, ct)).Result)
        );
        operators.MapPost(
            "/{name}/resume",
            async (
                string name,
                IEnumerable<JobSchedule> schedules,
                JobControl control,
                CurrentUser currentUser,
                ControlDbContext db,
                CancellationToken ct
            ) => new ButtonResult(name, (await PauseJob.HandleResume(name, schedules, control, currentUser, db, ct)).Result)
        );
        operators.MapPost(
            "/runs/{runId:guid}/cancel",
            async (Guid runId, CurrentUser currentUser, ControlDbContext db, TimeProvider clock, CancellationToken ct) =>
                new ButtonResult(job: null, (await CancelJobRun.Handle(runId, currentUser, db, clock, ct)).Result)
        );
    }

    /// <summary>
    /// Returns the message, which the script shows, or without the script redirects the browser to the page, which shows the new state.
    /// </summary>
    internal sealed class ButtonResult(string? job, IResult done) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            var (words, status) = done switch
            {
                ProblemResult { Problem: var problem } => (problem.Message, ProblemResult.GetStatusCode(problem.Kind)),
                Accepted<ApiResponse<RequestedRun>> => ("It will run within some seconds", StatusCodes.Status202Accepted),
                Ok<SuccessResponse> { Value: { } said } => (said.Message, StatusCodes.Status200OK),
                _ => throw new InvalidOperationException($"Unexpected result of a button: {done.GetType().Name}."),
            };
            IResult result = httpContext.Request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase)
                ? TypedResults.LocalRedirect(job is null ? JobsPageModule.Root : $"{JobsPageModule.Root}/{job}")
                : TypedResults.Text(words, statusCode: status);
            return result.ExecuteAsync(httpContext);
        }
    }
}
