using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Access;
using SaaS.Core.Auditing;
using SaaS.Core.Http;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Identity.Sessions;
using SaaS.Core.Messaging;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy.Catalog;

namespace SaaS.Core.Identity.Sso.SignIn;

/// <summary>The removed link between an account and a user of a directory.</summary>
/// <param name="TenantId">The tenant's id.</param>
/// <param name="TenantName">The tenant's name.</param>
/// <param name="AzureObjectId">The user's object id in the directory.</param>
public sealed record UnlinkedSsoIdentity(Guid TenantId, string TenantName, Guid AzureObjectId);

internal static class UnlinkSsoIdentity
{
    internal static void Map(RouteGroupBuilder users) =>
        users.MapDelete("/me/sso-identities/{tenantId:guid}", Handle).ProducesProblem(SsoProblems.NoIdentity, SsoProblems.PasswordNeeded);

    /// <summary>
    /// Unlinks the current user from a tenant's directory, deletes the directory's tokens and ends the sessions that it opened.
    /// </summary>
    /// <remarks>
    /// The membership stays. A user without a password has to set one first to be able to sign in afterwards. Microsoft cannot revoke the
    /// tokens of one user for one application; they are deleted here and expire there.
    /// </remarks>
    internal static async Task<Results<Ok<ApiResponse<UnlinkedSsoIdentity>>, ProblemResult>> Handle(
        Guid tenantId,
        CurrentUser currentUser,
        ControlDbContext db,
        SessionStore liveSessions,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        if (
            await db.SsoIdentities.SingleOrDefaultAsync(one => one.TenantId == tenantId && one.UserId == currentUser.UserId, ct)
            is not { } identity
        )
        {
            return SsoProblems.NoIdentity.ToHttp();
        }

        if (await db.Users.AnyAsync(user => user.Id == currentUser.UserId && user.PasswordHash == null, ct))
        {
            return SsoProblems.PasswordNeeded.ToHttp();
        }

        db.SsoIdentities.Remove(identity);
        await SsoFlows.RevokeCodesAsync(db, currentUser.UserId, tenantId, clock.GetUtcNow(), ct);
        db.Outbox.Add(new SsoIdentityUnlinked(currentUser.UserId), subject: currentUser.UserId, tenantId: tenantId);
        db.Audit.Record(
            tenantId,
            currentUser.Actor,
            AuditAction.SsoIdentityUnlinked,
            identity.Id,
            AuditDetails.Create("user_id", currentUser.UserId).With("object_id", identity.ObjectId)
        );
        var ended = await liveSessions.EndSsoAsync(currentUser.UserId, tenantId, ct);
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
        liveSessions.EvictFromCache(ended);

        var name = await db.Tenants.Where(tenant => tenant.Id == tenantId).Select(tenant => tenant.Name).SingleAsync(ct);
        return ApiResponse.Ok(new UnlinkedSsoIdentity(tenantId, name, identity.ObjectId), "Identity unlinked");
    }
}
