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

internal static class DeactivateUser
{
    private static readonly Problem CannotDeactivateSelf = new(
        ProblemKind.Conflict,
        "CANNOT_DEACTIVATE_SELF",
        "You cannot deactivate your own account"
    );

    internal static void Map(RouteGroupBuilder users) =>
        users.MapPost("/{userId:guid}/deactivate", Handle).ProducesProblem(GetUser.NotFound, CannotDeactivateSelf);

    /// <summary>Deactivates an account and ends its sessions immediately.</summary>
    /// <remarks>
    /// Its mailed links and break-glass registrations are revoked and stay revoked after a reactivation. Operators cannot deactivate their
    /// own account, so that at least one always remains.
    /// </remarks>
    internal static async Task<Results<Ok<ApiResponse<UserView>>, ProblemResult>> Handle(
        Guid userId,
        CurrentUser currentUser,
        ControlDbContext db,
        CredentialRevocation revocation,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        if (userId == currentUser.UserId)
        {
            return CannotDeactivateSelf.ToHttp();
        }

        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        // Two operators may deactivate each other at the same time.
        await db.Database.ExecuteSqlAsync($"SELECT pg_advisory_xact_lock(hashtext('platform-admins'))", ct);
        if (!await db.Users.AnyAsync(user => user.Id == currentUser.UserId && user.IsActive && user.IsPlatformAdmin, ct))
        {
            return PlatformRoutes.PlatformAdminsOnly.ToHttp();
        }

        if (await revocation.LockAsync(userId, ct) is not { } user)
        {
            return GetUser.NotFound.ToHttp();
        }

        if (user.IsActive)
        {
            user.IsActive = false;
            user.UpdatedAt = clock.GetUtcNow();
            db.Outbox.Add(new UserDeactivated(user.Id, currentUser.UserId), subject: user.Id, tenantId: null);
            db.Audit.Record(
                tenantId: null,
                currentUser.Actor,
                AuditAction.UserDeactivated,
                user.Id,
                AuditDetails.Empty.WithChange("is_active", from: true, to: false)
            );
        }

        await revocation.RevokeAsync(user, RevocationReason.CredentialsChanged, keptSessionId: null, currentUser.Actor, ct);
        await revocation.CommitAsync(transaction, ct);

        return ApiResponse.Ok(UserView.From(user), "User deactivated");
    }
}
