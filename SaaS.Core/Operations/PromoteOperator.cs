using System.ComponentModel.DataAnnotations;
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

/// <summary>The account that becomes an operator.</summary>
/// <param name="Email">Its e-mail address, which its owner must have confirmed.</param>
public sealed record PromoteOperatorRequest([Required, Email] string Email);

internal static class PromoteOperator
{
    private static readonly Problem NoConfirmedAccount = new(
        ProblemKind.NotFound,
        "NOT_FOUND",
        "No active account with a password has confirmed this address: the person registers and confirms it first"
    );

    internal static void Map(RouteGroupBuilder operators) =>
        operators.MapPost("", Handle).RequireRecentProof().ProducesProblem(NoConfirmedAccount);

    /// <summary>Makes an account an operator of the platform.</summary>
    /// <remarks>
    /// The account signs in again: what was issued for it before is revoked. Doing it again changes nothing. Only a confirmed address
    /// counts, because anyone can register an address that is not theirs.
    /// </remarks>
    internal static async Task<Results<Ok<ApiResponse<UserView>>, ProblemResult>> Handle(
        PromoteOperatorRequest request,
        CurrentUser currentUser,
        ControlDbContext db,
        CredentialRevocation revocation,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        var email = EmailAddress.Parse(request.Email);
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var userId = await db.Users.Where(candidate => candidate.Email == email).Select(candidate => candidate.Id).SingleOrDefaultAsync(ct);
        if (
            await revocation.LockAsync(userId, ct) is not { IsActive: true, EmailVerifiedAt: not null, PasswordHash: not null } user
            || user.Email != email
        )
        {
            return NoConfirmedAccount.ToHttp();
        }

        if (!user.IsPlatformAdmin)
        {
            (user.IsPlatformAdmin, user.UpdatedAt) = (true, clock.GetUtcNow());
            db.Outbox.Add(new OperatorPromoted(user.Id, currentUser.UserId), subject: user.Id, tenantId: null);
            db.Audit.Record(tenantId: null, currentUser.Actor, AuditAction.OperatorPromoted, user.Id, AuditDetails.Empty);
            await revocation.RevokeAsync(user, RevocationReason.CredentialsChanged, keptSessionId: null, currentUser.Actor, ct);
            await revocation.CommitAsync(transaction, ct);
        }

        return ApiResponse.Ok(UserView.From(user), "Operator added");
    }
}
