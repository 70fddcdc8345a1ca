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
    private static readonly Problem NotOneself = new(ProblemKind.Conflict, "CANNOT_DEACTIVATE_SELF", "You cannot deactivate your own account");

    internal static void Map(RouteGroupBuilder users) =>
        users.MapPost("/{userId:guid}/deactivate", Handle).ProducesProblem(GetUser.NotFound, NotOneself);

    /// <summary>Takes the right to sign in from an account, and ends its sessions at once.</summary>
    /// <remarks>Links and break-glass registrations that were issued for it are revoked, and stay so when it is reactivated. Nobody deactivates their own account, so one administrator is always left.</remarks>
    internal static async Task<Results<Ok<ApiResponse<UserView>>, ProblemResult>> Handle(
        Guid userId, CurrentUser currentUser, ControlDbContext db, CredentialRevocation revocation, TimeProvider clock, CancellationToken ct)
    {
        if (userId == currentUser.UserId)
        {
            return NotOneself.ToHttp();
        }

        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        await db.Database.ExecuteSqlAsync($"SELECT pg_advisory_xact_lock(hashtext('platform-admins'))", ct); // two who deactivate each other
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
            db.Audit.Record(tenantId: null, currentUser.Actor, AuditAction.UserDeactivated, user.Id, AuditDetails.None.Changed("is_active", from: true, to: false));
        }

        await revocation.RevokeAsync(user, RevocationReason.CredentialsChanged, keptSessionId: null, currentUser.Actor, ct);
        await revocation.CommitAsync(transaction, ct);

        return ApiResponse.Ok(UserView.Of(user), "User deactivated");
    }
}
