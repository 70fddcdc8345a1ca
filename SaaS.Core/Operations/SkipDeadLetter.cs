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

internal static class SkipDeadLetter
{
    internal static void Map(RouteGroupBuilder events) =>
        events.MapPost("/dead/{eventId:guid}/skip", Handle).ProducesProblem(ListDeadLetters.NotFound);

    /// <summary>Discards a dead letter. The failed consumers will never process the event.</summary>
    internal static async Task<Results<Ok<SuccessResponse>, ProblemResult>> Handle(
        Guid eventId,
        CurrentUser currentUser,
        ControlDbContext db,
        CancellationToken ct
    )
    {
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var rows = db.DeadLetters.Where(dead => dead.EventId == eventId);
        var skipped = await rows.AsNoTracking().FirstOrDefaultAsync(ct);
        if (skipped is null || await rows.ExecuteDeleteAsync(ct) == 0)
        {
            return ListDeadLetters.NotFound.ToHttp();
        }

        db.Audit.Record(
            skipped.TenantId,
            currentUser.Actor,
            AuditAction.EventSkipped,
            eventId,
            AuditDetails.Create("type", skipped.Type).With("consumer", skipped.Consumer)
        );
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
        return SuccessResponse.Ok("Event skipped");
    }
}
