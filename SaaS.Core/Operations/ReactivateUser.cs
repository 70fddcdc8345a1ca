using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using SaaS.Core.Access;
using SaaS.Core.Auditing;
using SaaS.Core.Http;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Messaging;
using SaaS.Core.Persistence;

namespace SaaS.Core.Operations;

internal static class ReactivateUser
{
    internal static void Map(RouteGroupBuilder users) =>
        users.MapPost("/{userId:guid}/reactivate", Handle).ProducesProblem(GetUser.NotFound);

    /// <summary>Reactivates an account, so that it can sign in again.</summary>
    internal static async Task<Results<Ok<ApiResponse<UserView>>, ProblemResult>> Handle(
        Guid userId,
        CurrentUser currentUser,
        ControlDbContext db,
        CredentialRevocation revocation,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        if (await revocation.LockAsync(userId, ct) is not { } user)
        {
            return GetUser.NotFound.ToHttp();
        }

        if (!user.IsActive)
        {
            user.IsActive = true;
            user.UpdatedAt = clock.GetUtcNow();
            db.Outbox.Add(new UserReactivated(user.Id, currentUser.UserId), subject: user.Id, tenantId: null);
            db.Audit.Record(
                tenantId: null,
                currentUser.Actor,
                AuditAction.UserReactivated,
                user.Id,
                AuditDetails.Empty.WithChange("is_active", from: false, to: true)
            );
            await revocation.RevokeAsync(user, RevocationReason.CredentialsChanged, keptSessionId: null, currentUser.Actor, ct);
            await revocation.CommitAsync(transaction, ct);
        }

        return ApiResponse.Ok(UserView.From(user), "User reactivated");
    }
}
