using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using SaaS.Core.Design;
using SaaS.Infrastructure.Scheduling;

namespace SaaS.Core.Operations.JobsPage;

/// <summary>Shows the page of one job.</summary>
internal static class ShowJob
{
    internal static void Map(RouteGroupBuilder operators)
    {
        operators.MapGet("/{name}", HandleAsync);
        operators.MapGet("/{name}/updates", Follow);
    }

    private static async Task<ContentHttpResult> HandleAsync(
        string name,
        JobBoard board,
        Pages pages,
        HttpContext http,
        CancellationToken ct
    ) =>
        await board.ReadAsync(name, ct) is var (job, running, people)
            ? await pages.RenderPageAsync<JobPage>(
                new()
                {
                    ["Job"] = job,
                    ["Running"] = running,
                    ["People"] = people,
                }
            )
            : await http.RequestServices.ShowErrorAsync(
                "There is no such job",
                "There is no job of that name.",
                StatusCodes.Status404NotFound
            );

    private static IResult Follow(
        string name,
        IEnumerable<JobSchedule> schedules,
        PageUpdates updates,
        HttpContext http,
        CancellationToken ct
    ) =>
        schedules.Find(name) is null
            ? TypedResults.NotFound()
            : updates.Send<JobBoard>(http, (reader, pages, stop) => RenderAsync(name, reader, pages, stop), ct);

    private static async Task<IReadOnlyList<string>> RenderAsync(string name, JobBoard reader, Pages pages, CancellationToken ct) =>
        await reader.ReadAsync(name, ct) is var (job, running, people)
            ?
            [
                await pages.RenderAsync<JobOverview>(new() { ["Job"] = job }),
                await pages.RenderAsync<RunningRuns>(new() { ["Runs"] = running, ["People"] = people }),
                await pages.RenderAsync<JobRuns>(new() { ["Runs"] = job.Latest, ["People"] = people }),
            ]
            : [];
}
