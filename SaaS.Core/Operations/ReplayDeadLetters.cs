using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Access;
using SaaS.Core.Auditing;
using SaaS.Core.Http;
using SaaS.Core.Messaging;
using SaaS.Core.Persistence;

namespace SaaS.Core.Operations;

/// <summary>What was told once more.</summary>
/// <param name="Replayed">How many events.</param>
/// <param name="Unreadable">How many are no events at all, and stay until they are skipped.</param>
/// <param name="Remaining">How many events are left that were asked for: ask again for them.</param>
public sealed record ReplayedEvents(int Replayed, int Unreadable, int Remaining);

internal static class ReplayDeadLetters
{
    private const int AtOnce = 500;

    private static readonly Problem Unreadable = new(ProblemKind.Conflict, "EVENT_UNREADABLE", "This is no event that could be told again; skip it");

    internal static void Map(RouteGroupBuilder events)
    {
        events.MapPost("/dead/{eventId:guid}/replay", Handle).WithName("replayDeadLetter").ProducesProblem(ListDeadLetters.NotFound, Unreadable);
        events.MapPost("/dead/replay", HandleAll).ProducesProblem(HttpProblems.BadRequest);
    }

    /// <summary>Tells a dead event once more.</summary>
    /// <remarks>Each consumer that has not dealt with it gets all its tries again; those that have recognise it. It comes after what was told meanwhile.</remarks>
    internal static async Task<Results<Ok<Done>, ProblemResult>> Handle(Guid eventId, CurrentUser currentUser, ControlDbContext db, CancellationToken ct)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var replayed = await ReplayAsync(db.DeadLetters.Where(dead => dead.EventId == eventId), currentUser, db, ct);
        await transaction.CommitAsync(ct);

        return replayed is { Replayed: 1 } ? Done.Ok("Event replayed")
            : replayed is { Unreadable: 1 } ? Unreadable.ToHttp()
            : ListDeadLetters.NotFound.ToHttp();
    }

    /// <summary>Tells dead events once more, up to 500 at once, the longest dead first.</summary>
    internal static async Task<Ok<ApiResponse<ReplayedEvents>>> HandleAll(DeadLetterFilter filter, CurrentUser currentUser, ControlDbContext db, CancellationToken ct)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var replayed = await ReplayAsync(filter.From(db.DeadLetters), currentUser, db, ct);
        await transaction.CommitAsync(ct);

        return ApiResponse.Ok(replayed with { Remaining = await filter.From(db.DeadLetters).Select(dead => dead.EventId).Distinct().CountAsync(ct) - replayed.Unreadable }, "Events replayed");
    }

    // The rows go and the events come in one transaction: none is lost between the two, whatever is killed.
    private static async Task<ReplayedEvents> ReplayAsync(IQueryable<DeadLetter> which, CurrentUser currentUser, ControlDbContext db, CancellationToken ct)
    {
        var ids = await which.GroupBy(dead => dead.EventId).OrderBy(dead => dead.Min(one => one.FailedAt)).Select(dead => dead.Key).Take(AtOnce).ToListAsync(ct);
        var unreadable = 0;
        foreach (var id in ids)
        {
            var rows = db.DeadLetters.Where(dead => dead.EventId == id);
            if (await rows.Select(dead => dead.Envelope).FirstOrDefaultAsync(ct) is not { } text)
            {
                continue; // another operator has just dealt with it
            }

            if (CloudEvent.TryParse(text) is not { } envelope)
            {
                unreadable++;
            }
            else if (await rows.ExecuteDeleteAsync(ct) > 0)
            {
                db.Outbox.AddAgain(envelope);
                db.Audit.Record(envelope.TenantId, currentUser.Actor, AuditAction.EventReplayed, id, AuditDetails.Of("type", envelope.Type));
            }
        }

        var replayed = db.ChangeTracker.Entries<OutboxMessage>().Count();
        await db.SaveChangesAsync(ct);
        return new ReplayedEvents(replayed, unreadable, Remaining: 0);
    }
}
