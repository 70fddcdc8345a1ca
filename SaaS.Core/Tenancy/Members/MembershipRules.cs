using Microsoft.EntityFrameworkCore;
using SaaS.Core.Access;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Persistence;

namespace SaaS.Core.Tenancy.Members;

/// <summary>Rules for every change of a tenant's members: changes are serialized, and at least one admin remains.</summary>
internal static class MembershipRules
{
    /// <summary>Serializes changes of a tenant's members. Call it in the transaction of the change, before the first read.</summary>
    public static Task LockMembersAsync(this ControlDbContext db, Guid tenantId, CancellationToken ct) =>
        db.Database.ExecuteSqlAsync($"SELECT FROM tenants WHERE id = {tenantId} FOR NO KEY UPDATE", ct);

    /// <summary>Lists the admins of a tenant with an active account, whom mails about the tenant are for.</summary>
    public static Task<List<User>> ListActiveAdminsAsync(this ControlDbContext db, Guid tenantId, CancellationToken ct) =>
        db
            .Users.AsNoTracking()
            .Where(user =>
                user.IsActive
                && db.Set<Membership>()
                    .Any(member => member.TenantId == tenantId && member.UserId == user.Id && member.Role == TenantRole.Admin)
            )
            .OrderBy(user => user.Id)
            .ToListAsync(ct);

    /// <summary>Checks whether the tenant has another admin with an active account.</summary>
    public static Task<bool> HasOtherAdminAsync(this ControlDbContext db, Membership member, CancellationToken ct) =>
        db.Memberships.AnyAsync(
            other =>
                other.TenantId == member.TenantId
                && other.UserId != member.UserId
                && other.Role == TenantRole.Admin
                && db.Set<User>().Any(user => user.Id == other.UserId && user.IsActive),
            ct
        );
}
