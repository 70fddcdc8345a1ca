using Microsoft.EntityFrameworkCore;
using SaaS.Core.Auditing;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Messaging;
using SaaS.Core.Persistence;

namespace SaaS.Core.Identity.Factors;

/// <summary>
/// Removes unconfirmed factors when the credentials of an account change, and all factors when its owner changes. A new password keeps
/// confirmed factors, because a stolen mailbox must not be enough to sign in.
/// </summary>
internal sealed class FactorRevoker(ControlDbContext db, TimeProvider clock) : CredentialRevoker
{
    public override async Task RevokeAsync(Revocation revocation, CancellationToken ct)
    {
        if (!revocation.IsAccountWide)
        {
            return;
        }

        var factors = db.Factors.Where(factor => factor.UserId == revocation.UserId);
        await factors.Where(factor => factor.ConfirmedAt == null).ExecuteDeleteAsync(ct);
        if (revocation.Reason is not RevocationReason.OwnerChanged)
        {
            return;
        }

        var removed = await factors.AsNoTracking().ToListAsync(ct);
        await factors.ExecuteDeleteAsync(ct);
        await db.RecoveryCodes.Where(code => code.UserId == revocation.UserId).ExecuteDeleteAsync(ct);
        var now = clock.GetUtcNow();
        foreach (var factor in removed)
        {
            db.Outbox.Add(
                new FactorRemoved(revocation.UserId, Guid.CreateVersion7(now), factor.Kind.ToJsonName(), now),
                subject: revocation.UserId,
                tenantId: null
            );
            db.Audit.Record(
                tenantId: null,
                revocation.Actor,
                AuditAction.FactorRemoved,
                factor.Id,
                AuditDetails.Create("kind", factor.Kind).With("reason", revocation.Reason)
            );
        }

        await db.SaveChangesAsync(ct);
    }
}
