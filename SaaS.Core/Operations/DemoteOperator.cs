using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Access;
using SaaS.Core.Auditing;
using SaaS.Core.Http;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Messaging;
using SaaS.Core.Persistence;

namespace SaaS.Core.Operations;

internal static class DemoteOperator
{
    private static readonly Problem NotFound = new(ProblemKind.NotFound, "NOT_FOUND", "Operator not found");
    private static readonly Problem LastOperator = new(
        ProblemKind.Conflict,
        "LAST_OPERATOR",
        "The last active operator of the platform cannot be removed"
    );

    internal static void Map(RouteGroupBuilder operators) =>
        operators.MapDelete("/{userId:guid}", Handle).RequireRecentProof().ProducesProblem(NotFound, LastOperator);

    /// <summary>Makes an operator an ordinary user.</summary>
    /// <remarks>Takes effect at once, also for requests in progress. The account signs in again.</remarks>
    internal static async Task<Results<Ok<SuccessResponse>, ProblemResult>> Handle(
        Guid userId,
        CurrentUser currentUser,
        ControlDbContext db,
        CredentialRevocation revocation,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        // The recheck of the operator's access has taken the lock of the operators, so that two cannot remove each other.
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        if (await revocation.LockAsync(userId, ct) is not { IsPlatformAdmin: true } user)
        {
            return NotFound.ToHttp();
        }

        if (!await db.Users.AnyAsync(other => other.Id != userId && other.IsActive && other.IsPlatformAdmin, ct))
        {
            return LastOperator.ToHttp();
        }

        (user.IsPlatformAdmin, user.UpdatedAt) = (false, clock.GetUtcNow());
        db.Outbox.Add(new OperatorDemoted(user.Id, currentUser.UserId), subject: user.Id, tenantId: null);
        db.Audit.Record(tenantId: null, currentUser.Actor, AuditAction.OperatorDemoted, user.Id, AuditDetails.Empty);
        await revocation.RevokeAsync(user, RevocationReason.CredentialsChanged, keptSessionId: null, currentUser.Actor, ct);
        await revocation.CommitAsync(transaction, ct);
        return SuccessResponse.Ok("Operator removed");
    }
}
