using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Http;
using SaaS.Core.Jobs;
using SaaS.Core.Paging;
using SaaS.Core.Persistence;

namespace SaaS.Core.Operations;

/// <summary>A page of job runs.</summary>
/// <param name="Runs">The runs, newest first.</param>
/// <param name="Pagination">The page number and totals; null if the request has a cursor.</param>
/// <param name="NextCursor">The `cursor` of the next page; null on the last page.</param>
/// <param name="HasMore">True when there is a next page.</param>
public sealed record JobRunList(IReadOnlyList<JobRunView> Runs, Pagination? Pagination, string? NextCursor, bool HasMore);

internal static class ListJobRuns
{
    internal static readonly Problem NotFound = new(ProblemKind.NotFound, "NOT_FOUND", "There is no such run");

    internal static void Map(RouteGroupBuilder jobs)
    {
        jobs.MapGet("/runs", Handle).ProducesProblem(HttpProblems.BadRequest);
        jobs.MapGet("/runs/{runId:guid}", HandleOne).WithName("getJobRun").ProducesProblem(NotFound);
    }

    /// <summary>Lists job runs, newest first.</summary>
    /// <param name="job">Only runs of the job with this name.</param>
    /// <param name="outcome">Only runs with this outcome: waiting, running, succeeded, failed, cancelled or cut_off.</param>
    internal static async Task<Results<Ok<ApiResponse<JobRunList>>, ProblemResult>> Handle(
        [AsParameters] PageRequest page,
        [OneLine(100)] string? job,
        [OneOf("waiting", "running", "succeeded", "failed", "cancelled", "cut_off")] string? outcome,
        ControlDbContext db,
        CancellationToken ct
    )
    {
        JobOutcome? wanted = string.IsNullOrEmpty(outcome)
            ? null
            : Enum.Parse<JobOutcome>(outcome.Replace("_", "", StringComparison.Ordinal), ignoreCase: true);
        var read = await db
            .JobRuns.AsNoTracking()
            .Where(run => (string.IsNullOrEmpty(job) || run.Job == job) && (wanted == null || run.Outcome == wanted))
            .SortByDescending(run => run.StartedAt, run => run.Id)
            .ReadAsync(page, JobRunView.Projection, ct);

        return !read.TryGetValue(out var found, out var problem)
            ? problem.ToHttp()
            : ApiResponse.Ok(new JobRunList(found.Items, found.Pagination, found.NextCursor, found.HasMore), "Runs retrieved");
    }

    /// <summary>Gets a job run with its progress.</summary>
    internal static async Task<Results<Ok<ApiResponse<JobRunView>>, ProblemResult>> HandleOne(
        Guid runId,
        ControlDbContext db,
        CancellationToken ct
    ) =>
        await db.JobRuns.AsNoTracking().Where(run => run.Id == runId).Select(JobRunView.Projection).SingleOrDefaultAsync(ct) is { } run
            ? ApiResponse.Ok(run, "Run retrieved")
            : NotFound.ToHttp();
}
