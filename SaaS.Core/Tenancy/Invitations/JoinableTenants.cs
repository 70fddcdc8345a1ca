using Microsoft.EntityFrameworkCore;
using SaaS.Core.Access;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Identity.Sso;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy.Catalog;
using SaaS.Core.Tenancy.Members;

namespace SaaS.Core.Tenancy.Invitations;

/// <summary>A tenant that a user can join without an invitation.</summary>
/// <param name="TenantId">The tenant's id.</param>
/// <param name="TenantName">The tenant's name.</param>
/// <param name="Domain">The verified domain of the user's address.</param>
/// <param name="Role">The role that the user gets: user or viewer.</param>
public sealed record JoinableTenantView(Guid TenantId, string TenantName, string Domain, TenantRole Role);

/// <summary>Finds the tenants that a user can join by the rule of the tenant.</summary>
internal static class JoinableTenants
{
    /// <summary>
    /// Returns the active tenant that has verified the domain of the user's confirmed address, lets such people join, admits passwords, and
    /// neither has nor has removed the user. A domain is verified by one tenant at most.
    /// </summary>
    public static async Task<JoinableTenantView?> FindAsync(ControlDbContext db, Guid userId, CancellationToken ct)
    {
        var address = await db
            .Users.Where(user => user.Id == userId && user.EmailVerifiedAt != null)
            .Select(user => user.Email)
            .SingleOrDefaultAsync(ct);
        if (address is null)
        {
            return null;
        }

        var domain = address.Domain;
        return await db
            .SsoDomains.Where(one => one.Domain == domain && one.VerifiedAt != null)
            .Join(db.Set<JoinRule>(), one => one.TenantId, rule => rule.TenantId, (one, rule) => rule)
            .Join(
                db.Set<Tenant>().Where(Tenant.IsWritable).Where(tenant => tenant.AuthMethod != AuthMethod.Sso),
                rule => rule.TenantId,
                tenant => tenant.Id,
                (rule, tenant) => new { rule, tenant }
            )
            .Where(one =>
                !db.Set<Membership>().Any(member => member.TenantId == one.tenant.Id && member.UserId == userId)
                && !db.Set<RemovedMember>()
                    .Any(removed => removed.TenantId == one.tenant.Id && (removed.UserId == userId || removed.Email == address))
            )
            .Select(one => new JoinableTenantView(one.tenant.Id, one.tenant.Name, domain, one.rule.Role))
            .SingleOrDefaultAsync(ct);
    }
}
