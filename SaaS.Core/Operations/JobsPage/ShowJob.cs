using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using SaaS.Core.Http;
using SaaS.Infrastructure.Scheduling;

namespace SaaS.Core.Operations.JobsPage;

/// <summary>The page of one job.</summary>
internal static class ShowJob
{
    internal static void Map(RouteGroupBuilder operators)
    {
        operators.MapGet("/{name}", HandleAsync);
        operators.MapGet("/{name}/updates", Follow);
    }

    private static async Task<ContentHttpResult> HandleAsync(string name, JobBoard board, Pages pages, HttpContext http, CancellationToken ct) =>
        await board.ReadAsync(name, ct) is var (job, running, people)
            ? await pages.ShowAsync<JobPage>(new() { ["Job"] = job, ["Running"] = running, ["People"] = people })
            : await http.RequestServices.ShowTroubleAsync("There is no such job", "This build has no job of that name.", StatusCodes.Status404NotFound);

    private static IResult Follow(string name, IEnumerable<JobSchedule> schedules, PageUpdates updates, HttpContext http, CancellationToken ct) =>
        schedules.Find(name) is null ? TypedResults.NotFound() : updates.Send<JobBoard>(http, (reader, pages, stop) => SetAsync(name, reader, pages, stop), ct);

    private static async Task<IReadOnlyList<string>> SetAsync(string name, JobBoard reader, Pages pages, CancellationToken ct) =>
        await reader.ReadAsync(name, ct) is var (job, running, people)
            ?
            [
                await pages.SetAsync<JobOverview>(new() { ["Job"] = job }),
                await pages.SetAsync<RunningRuns>(new() { ["Runs"] = running, ["People"] = people }),
                await pages.SetAsync<JobRuns>(new() { ["Runs"] = job.Latest, ["People"] = people }),
            ]
            : [];
}
