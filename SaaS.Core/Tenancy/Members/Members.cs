using Microsoft.EntityFrameworkCore;
using SaaS.Core.Access;
using SaaS.Core.Persistence;

namespace SaaS.Core.Tenancy.Members;

/// <summary>What holds for every change of a tenant's members: one after the other, and an admin is left.</summary>
internal static class Members
{
    /// <summary>Waits for every other change of this tenant's members; to be called in the transaction of the change, before anything is read.</summary>
    public static Task LockMembersAsync(this ControlDbContext db, Guid tenantId, CancellationToken ct) =>
        db.Database.ExecuteSqlAsync($"SELECT FROM tenants WHERE id = {tenantId} FOR NO KEY UPDATE", ct);

    /// <summary>Whether somebody other than this member can still do everything; an account that may not sign in cannot.</summary>
    public static Task<bool> HasOtherAdminAsync(this ControlDbContext db, Membership member, CancellationToken ct) =>
        db.Memberships.AnyAsync(
            other => other.TenantId == member.TenantId && other.UserId != member.UserId && other.Role == TenantRole.Admin
                && db.Users.Any(user => user.Id == other.UserId && user.IsActive), ct);
}
