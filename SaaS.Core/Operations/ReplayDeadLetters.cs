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

/// <summary>The result of a replay.</summary>
/// <param name="Replayed">Number of replayed events.</param>
/// <param name="Unreadable">Number of unreadable events, which remain until they are skipped.</param>
/// <param name="Remaining">Number of matching events that are left for further requests.</param>
public sealed record ReplayedEvents(int Replayed, int Unreadable, int Remaining);

internal static class ReplayDeadLetters
{
    private const int MaxBatchSize = 500;

    private static readonly Problem Unreadable = new(
        ProblemKind.Conflict,
        "EVENT_UNREADABLE",
        "This event cannot be read and therefore not be replayed; skip it"
    );

    internal static void Map(RouteGroupBuilder events)
    {
        events
            .MapPost("/dead/{eventId:guid}/replay", Handle)
            .WithName("replayDeadLetter")
            .ProducesProblem(ListDeadLetters.NotFound, Unreadable);
        events.MapPost("/dead/replay", HandleAll).ProducesProblem(HttpProblems.BadRequest);
    }

    /// <summary>Replays a dead letter.</summary>
    /// <remarks>
    /// Consumers that have not processed the event retry it with all attempts; the others skip it. It is published after all events written
    /// meanwhile.
    /// </remarks>
    internal static async Task<Results<Ok<SuccessResponse>, ProblemResult>> Handle(
        Guid eventId,
        CurrentUser currentUser,
        ControlDbContext db,
        CancellationToken ct
    )
    {
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var replayed = await ReplayAsync(db.DeadLetters.Where(dead => dead.EventId == eventId), currentUser, db, ct);
        await transaction.CommitAsync(ct);

        return replayed is { Replayed: 1 } ? SuccessResponse.Ok("Event replayed")
            : replayed is { Unreadable: 1 } ? Unreadable.ToHttp()
            : ListDeadLetters.NotFound.ToHttp();
    }

    /// <summary>Replays up to 500 dead letters, oldest failure first.</summary>
    internal static async Task<Ok<ApiResponse<ReplayedEvents>>> HandleAll(
        DeadLetterFilter filter,
        CurrentUser currentUser,
        ControlDbContext db,
        CancellationToken ct
    )
    {
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var replayed = await ReplayAsync(filter.Apply(db.DeadLetters), currentUser, db, ct);
        await transaction.CommitAsync(ct);

        return ApiResponse.Ok(
            replayed with
            {
                Remaining = await filter.Apply(db.DeadLetters).Select(dead => dead.EventId).Distinct().CountAsync(ct) - replayed.Unreadable,
            },
            "Events replayed"
        );
    }

    // Dead letters are deleted and events published in one transaction, so that a crash loses none.
    private static async Task<ReplayedEvents> ReplayAsync(
        IQueryable<DeadLetter> which,
        CurrentUser currentUser,
        ControlDbContext db,
        CancellationToken ct
    )
    {
        var ids = await which
            .GroupBy(dead => dead.EventId)
            .OrderBy(dead => dead.Min(one => one.FailedAt))
            .Select(dead => dead.Key)
            .Take(MaxBatchSize)
            .ToListAsync(ct);
        var unreadable = 0;
        foreach (var id in ids)
        {
            var rows = db.DeadLetters.Where(dead => dead.EventId == id);
            if (await rows.Select(dead => dead.Envelope).FirstOrDefaultAsync(ct) is not { } text)
            {
                continue; // another operator has just replayed or skipped it
            }

            if (CloudEvent.TryParse(text) is not { } envelope)
            {
                unreadable++;
            }
            else if (await rows.ExecuteDeleteAsync(ct) > 0)
            {
                db.Outbox.Republish(envelope);
                db.Audit.Record(
                    envelope.TenantId,
                    currentUser.Actor,
                    AuditAction.EventReplayed,
                    id,
                    AuditDetails.Create("type", envelope.Type)
                );
            }
        }

        var replayed = db.ChangeTracker.Entries<OutboxMessage>().Count();
        await db.SaveChangesAsync(ct);
        return new ReplayedEvents(replayed, unreadable, Remaining: 0);
    }
}
