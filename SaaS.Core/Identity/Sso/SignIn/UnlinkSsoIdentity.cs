using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Access;
using SaaS.Core.Auditing;
using SaaS.Core.Http;
using SaaS.Core.Identity.Sessions;
using SaaS.Core.Messaging;
using SaaS.Core.Persistence;

namespace SaaS.Core.Identity.Sso.SignIn;

/// <summary>As whom a directory knows the account no more.</summary>
/// <param name="TenantId">The tenant's id.</param>
/// <param name="TenantName">The tenant's name.</param>
/// <param name="AzureObjectId">The person in the directory.</param>
public sealed record UnlinkedSsoIdentity(Guid TenantId, string TenantName, Guid AzureObjectId);

internal static class UnlinkSsoIdentity
{
    internal static void Map(RouteGroupBuilder users) =>
        users.MapDelete("/me/sso-identities/{tenantId:guid}", Handle).ProducesProblem(SsoProblems.NoIdentity, SsoProblems.PasswordNeeded);

    /// <summary>Forgets as whom a tenant's directory knows the caller, with the directory's tokens; sessions that were opened by it end.</summary>
    /// <remarks>
    /// Membership stays. Whoever has no password chooses one first, or nothing would let them in any more. Microsoft offers
    /// applications no way to revoke one person's tokens for themselves alone; they are deleted here, and expire there.
    /// </remarks>
    internal static async Task<Results<Ok<ApiResponse<UnlinkedSsoIdentity>>, ProblemResult>> Handle(Guid tenantId, CurrentUser currentUser, ControlDbContext db, SessionStore liveSessions, TimeProvider clock, CancellationToken ct)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        if (await db.SsoIdentities.SingleOrDefaultAsync(one => one.TenantId == tenantId && one.UserId == currentUser.UserId, ct) is not { } identity)
        {
            return SsoProblems.NoIdentity.ToHttp();
        }

        if (await db.Users.AnyAsync(user => user.Id == currentUser.UserId && user.PasswordHash == null, ct))
        {
            return SsoProblems.PasswordNeeded.ToHttp();
        }

        db.SsoIdentities.Remove(identity);
        await SsoFlows.WithdrawAsync(db, currentUser.UserId, tenantId, clock.GetUtcNow(), ct);
        db.Outbox.Add(new SsoIdentityUnlinked(currentUser.UserId), subject: currentUser.UserId, tenantId: tenantId);
        db.Audit.Record(tenantId, currentUser.Actor, AuditAction.SsoIdentityUnlinked, identity.Id, AuditDetails.Of("user_id", currentUser.UserId).With("object_id", identity.ObjectId));
        var ended = await liveSessions.EndSsoAsync(currentUser.UserId, tenantId, ct);
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
        liveSessions.Forget(ended);

        var name = await db.Tenants.Where(tenant => tenant.Id == tenantId).Select(tenant => tenant.Name).SingleAsync(ct);
        return ApiResponse.Ok(new UnlinkedSsoIdentity(tenantId, name, identity.ObjectId), "Identity unlinked");
    }
}
