using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using SaaS.Core.Design;

namespace SaaS.Core.Operations.JobsPage;

/// <summary>Shows the page of all jobs.</summary>
internal static class ShowBoard
{
    internal static void Map(RouteGroupBuilder operators)
    {
        operators.MapGet("", HandleAsync);
        operators.MapGet("/updates", Follow);
    }

    private static async Task<ContentHttpResult> HandleAsync(JobBoard board, Pages pages, CancellationToken ct) =>
        await pages.RenderPageAsync<BoardPage>(new() { ["Board"] = await board.ReadAsync(ct) });

    private static IResult Follow(PageUpdates updates, HttpContext http, CancellationToken ct) =>
        updates.Send<JobBoard>(http, RenderAsync, ct);

    private static async Task<IReadOnlyList<string>> RenderAsync(JobBoard reader, Pages pages, CancellationToken ct)
    {
        var board = await reader.ReadAsync(ct);
        return
        [
            await pages.RenderAsync<Summary>(new() { ["Board"] = board }),
            await pages.RenderAsync<Failures>(new() { ["Runs"] = board.Failures }),
            await pages.RenderAsync<RunningRuns>(new() { ["Runs"] = board.Running, ["People"] = board.People }),
            await pages.RenderAsync<JobTable>(new() { ["Board"] = board }),
        ];
    }
}
