using Microsoft.EntityFrameworkCore;
using SaaS.Core.Auditing;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Identity.Sso.SignIn;
using SaaS.Core.Messaging;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy;

namespace SaaS.Core.Identity.Sso;

/// <summary>
/// Revokes the credentials of single sign-on: one-time codes, pending links, break-glass registrations, provider tokens, and links made by
/// a former owner.
/// </summary>
internal sealed class SsoRevoker(ControlDbContext db, TimeProvider clock) : CredentialRevoker
{
    public override async Task RevokeAsync(Revocation revocation, CancellationToken ct)
    {
        await RemoveBreakGlassAsync(revocation, ct);
        if (revocation.Reason is RevocationReason.AdminRoleEnded)
        {
            return;
        }

        await SsoFlows.RevokeCodesAsync(db, revocation.UserId, revocation.TenantId, clock.GetUtcNow(), ct);

        var identities = db.SsoIdentities.Where(identity =>
            identity.UserId == revocation.UserId && (revocation.TenantId == null || identity.TenantId == revocation.TenantId)
        );
        if (revocation.Reason is RevocationReason.OwnerChanged)
        {
            await UnlinkAsync(identities, revocation, ct);
        }
        else if (revocation.Reason is RevocationReason.MembershipEnded)
        {
            await StoreSubjectAsync(identities, revocation, ct);
            await SsoIdentity.DeleteTokensAsync(identities, ct);
        }
    }

    private async Task RemoveBreakGlassAsync(Revocation revocation, CancellationToken ct)
    {
        var registrations = await db
            .BreakGlassAdmins.Where(admin =>
                admin.UserId == revocation.UserId && (revocation.TenantId == null || admin.TenantId == revocation.TenantId)
            )
            .ToListAsync(ct);
        db.BreakGlassAdmins.RemoveRange(registrations);
        foreach (var registration in registrations)
        {
            db.Audit.Record(
                registration.TenantId,
                revocation.Actor,
                AuditAction.BreakGlassRemoved,
                registration.UserId,
                AuditDetails.Create("reason", revocation.Reason)
            );
        }

        await db.SaveChangesAsync(ct);
    }

    // A former owner of the account may have linked a user of their own directory, which must not stay a way in.
    private async Task UnlinkAsync(IQueryable<SsoIdentity> identities, Revocation revocation, CancellationToken ct)
    {
        var linked = (await identities.ToListAsync(ct))
            .Where(identity => SsoIdentity.SubjectOf(identity.DirectoryId, identity.ObjectId) != revocation.OwnerSubject)
            .ToList();
        db.SsoIdentities.RemoveRange(linked);
        foreach (var identity in linked)
        {
            db.Outbox.Add(new SsoIdentityUnlinked(revocation.UserId), subject: revocation.UserId, tenantId: identity.TenantId);
            db.Audit.Record(
                identity.TenantId,
                revocation.Actor,
                AuditAction.SsoIdentityUnlinked,
                identity.Id,
                AuditDetails.Create("user_id", revocation.UserId).With("object_id", identity.ObjectId).With("reason", revocation.Reason)
            );
        }

        await db.SaveChangesAsync(ct);
    }

    private async Task StoreSubjectAsync(IQueryable<SsoIdentity> identities, Revocation revocation, CancellationToken ct)
    {
        if (await identities.AsNoTracking().SingleOrDefaultAsync(ct) is { } identity)
        {
            await db
                .RemovedMembers.Where(removed => removed.TenantId == revocation.TenantId && removed.UserId == revocation.UserId)
                .ExecuteUpdateAsync(
                    set =>
                        set.SetProperty(removed => removed.ExternalSubject, SsoIdentity.SubjectOf(identity.DirectoryId, identity.ObjectId)),
                    ct
                );
        }
    }
}
