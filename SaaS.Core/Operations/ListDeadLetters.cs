using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Http;
using SaaS.Core.Messaging;
using SaaS.Core.Paging;
using SaaS.Core.Persistence;

namespace SaaS.Core.Operations;

/// <summary>A page of dead letters.</summary>
/// <param name="Events">The dead letters, latest failure first.</param>
/// <param name="Pagination">The page number and totals; null if the request has a cursor.</param>
/// <param name="NextCursor">The `cursor` of the next page; null on the last page.</param>
/// <param name="HasMore">True when there is a next page.</param>
public sealed record DeadLetterList(IReadOnlyList<DeadLetterView> Events, Pagination? Pagination, string? NextCursor, bool HasMore);

/// <summary>A dead-lettered event with its failures and content.</summary>
/// <param name="Failures">The failure of each consumer.</param>
/// <param name="Envelope">The received event; a string if it is not valid JSON.</param>
public sealed record DeadLetterDetails(IReadOnlyList<DeadLetterView> Failures, JsonElement Envelope);

internal static class ListDeadLetters
{
    internal static readonly Problem NotFound = new(ProblemKind.NotFound, "NOT_FOUND", "There is no such dead letter");

    internal static void Map(RouteGroupBuilder events)
    {
        events.MapGet("/dead", Handle).ProducesProblem(HttpProblems.BadRequest);
        events.MapGet("/dead/{eventId:guid}", HandleOne).WithName("getDeadLetter").ProducesProblem(NotFound);
    }

    /// <summary>Lists dead letters, latest failure first.</summary>
    internal static async Task<Results<Ok<ApiResponse<DeadLetterList>>, ProblemResult>> Handle(
        [AsParameters] PageRequest page,
        [AsParameters] DeadLetterFilter filter,
        ControlDbContext db,
        CancellationToken ct
    )
    {
        var outcome = await filter
            .Apply(db.DeadLetters.AsNoTracking())
            .SortByDescending(dead => dead.FailedAt, dead => dead.EventId, dead => dead.Consumer)
            .ReadAsync(page, DeadLetterView.Projection, ct);

        return !outcome.TryGetValue(out var found, out var problem)
            ? problem.ToHttp()
            : ApiResponse.Ok(new DeadLetterList(found.Items, found.Pagination, found.NextCursor, found.HasMore), "Dead letters retrieved");
    }

    /// <summary>Gets a dead-lettered event with its failures and content.</summary>
    internal static async Task<Results<Ok<ApiResponse<DeadLetterDetails>>, ProblemResult>> HandleOne(
        Guid eventId,
        ControlDbContext db,
        CancellationToken ct
    )
    {
        var failures = await db
            .DeadLetters.AsNoTracking()
            .Where(dead => dead.EventId == eventId)
            .OrderBy(dead => dead.Consumer)
            .ToListAsync(ct);
        return failures.Count == 0
            ? NotFound.ToHttp()
            : ApiResponse.Ok(
                new DeadLetterDetails([.. failures.AsQueryable().Select(DeadLetterView.Projection)], Read(failures[0].Envelope)),
                "Dead letter retrieved"
            );
    }

    private static JsonElement Read(string envelope)
    {
        try
        {
            return JsonElement.Parse(envelope);
        }
        catch (JsonException)
        {
            return JsonSerializer.SerializeToElement(envelope);
        }
    }
}
