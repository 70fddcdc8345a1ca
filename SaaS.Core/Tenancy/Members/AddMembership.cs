using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using SaaS.Core.Access;
using SaaS.Core.Auditing;
using SaaS.Core.Http;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Messaging;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy.Catalog;

namespace SaaS.Core.Tenancy.Members;

/// <summary>Adds a member within the quota of the tenant.</summary>
internal sealed class AddMembership(ControlDbContext db, IOptions<QuotaOptions> quotas, TimeProvider clock)
{
    /// <summary>Adds a member in the caller's transaction, which holds the lock of the tenant's members.</summary>
    /// <param name="by">What added the member, for the audit: invitation, domain; null for an admin.</param>
    /// <returns>The membership, or a problem, in which case the caller must not commit.</returns>
    public async Task<Result<Membership>> RunAsync(
        Guid tenantId,
        Guid userId,
        TenantRole role,
        Actor actor,
        string? by,
        CancellationToken ct
    )
    {
        if (await db.Memberships.AnyAsync(other => other.TenantId == tenantId && other.UserId == userId, ct))
        {
            return TenantProblems.AlreadyMember;
        }

        var tenant = await db.Tenants.AsNoTracking().SingleAsync(candidate => candidate.Id == tenantId, ct);
        var limits = EffectiveQuotas.From(tenant.Quotas, quotas.Value);
        var members = await db.Memberships.CountAsync(other => other.TenantId == tenantId, ct);
        if (members >= limits.MaxMembers)
        {
            return limits.MembersExceeded(members);
        }

        var member = new Membership
        {
            UserId = userId,
            TenantId = tenantId,
            Role = role,
            JoinedAt = clock.GetUtcNow(),
        };
        db.Memberships.Add(member);
        await db
            .RemovedMembers.Where(removed =>
                removed.TenantId == tenantId
                && (removed.UserId == userId || db.Set<User>().Any(user => user.Id == userId && user.Email == removed.Email))
            )
            .ExecuteDeleteAsync(ct);
        db.Outbox.Add(new MemberAdded(userId, role.ToJsonName()), subject: userId, tenantId: tenantId);
        var details = AuditDetails.Create("role", role);
        db.Audit.Record(tenantId, actor, AuditAction.MemberAdded, userId, by is null ? details : details.With("by", by));
        return member;
    }
}
