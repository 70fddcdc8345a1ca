using SaaS.Core.Access;

namespace SaaS.Core.Tenancy.Members;

/// <summary>A membership of a tenant.</summary>
/// <param name="UserId">The account's id.</param>
/// <param name="TenantId">The tenant's id.</param>
/// <param name="Role">admin, user or viewer.</param>
/// <param name="JoinedAt">The time at which the membership began (UTC).</param>
public sealed record MembershipView(Guid UserId, Guid TenantId, TenantRole Role, DateTimeOffset JoinedAt)
{
    internal static MembershipView From(Membership member) => new(member.UserId, member.TenantId, member.Role, member.JoinedAt);
}
