using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using SaaS.Core.Access;
using SaaS.Core.Http;

namespace SaaS.Core.Operations.JobsPage;

/// <summary>Handles the buttons of the page.</summary>
internal static class ControlJobs
{
    internal static void Map(RouteGroupBuilder operators)
    {
        operators.MapPost(
            "/{name}/run",
            async (string name, JobCommands jobs, CurrentUser currentUser, CancellationToken ct) =>
                (await jobs.RunAsync(name, currentUser.Actor, ct)).TryGetValue(out _, out var problem)
                    ? new ButtonResult(name, "It will run within some seconds", StatusCodes.Status202Accepted)
                    : ButtonResult.From(name, problem)
        );
        operators.MapPost(
            "/{name}/pause",
            async (string name, JobCommands jobs, CurrentUser currentUser, CancellationToken ct) =>
                ButtonResult.From(name, await jobs.PauseAsync(name, currentUser.Actor, ct))
        );
        operators.MapPost(
            "/{name}/resume",
            async (string name, JobCommands jobs, CurrentUser currentUser, CancellationToken ct) =>
                ButtonResult.From(name, await jobs.ResumeAsync(name, currentUser.Actor, ct))
        );
        operators.MapPost(
            "/runs/{runId:guid}/cancel",
            async (Guid runId, JobCommands jobs, CurrentUser currentUser, CancellationToken ct) =>
                ButtonResult.From(job: null, await jobs.CancelRunAsync(runId, currentUser.Actor, ct))
        );
    }

    /// <summary>
    /// Returns the message, which the script shows, or without the script redirects the browser to the page, which shows the new state.
    /// </summary>
    internal sealed class ButtonResult(string? job, string message, int status) : IResult
    {
        public static ButtonResult From(string? job, Result<string> outcome) =>
            outcome.TryGetValue(out var done, out var problem)
                ? new ButtonResult(job, done, StatusCodes.Status200OK)
                : new ButtonResult(job, problem.Message, ProblemResult.GetStatusCode(problem.Kind));

        public Task ExecuteAsync(HttpContext httpContext)
        {
            IResult result = httpContext.Request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase)
                ? TypedResults.LocalRedirect(job is null ? JobsPageModule.Root : $"{JobsPageModule.Root}/{job}")
                : TypedResults.Text(message, statusCode: status);
            return result.ExecuteAsync(httpContext);
        }
    }
}
