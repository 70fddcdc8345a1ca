using SaaS.Core.Access;
using SaaS.Core.Tenancy.Members;

namespace SaaS.Core.Tenancy;

/// <summary>A tenant, as one of its members sees it.</summary>
/// <param name="Id">The tenant's id.</param>
/// <param name="Name">1 to 255 characters.</param>
/// <param name="DatabaseName">The name of its database; never changes.</param>
/// <param name="IsActive">Whether it serves its members.</param>
/// <param name="AuthMethod">How its members sign in: local, sso or both.</param>
/// <param name="Role">What the caller is in it: admin, user or viewer.</param>
/// <param name="JoinedAt">Since when the caller is a member (UTC).</param>
/// <param name="CreatedBy">Who made it.</param>
/// <param name="CreatedAt">When it was made (UTC).</param>
/// <param name="UpdatedAt">When it was last changed (UTC).</param>
/// <param name="DeletedAt">Since when it serves nobody (UTC); null while it does.</param>
public sealed record TenantView(
    Guid Id, string Name, string DatabaseName, bool IsActive, AuthMethod AuthMethod, TenantRole Role, DateTimeOffset JoinedAt, Guid CreatedBy, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt, DateTimeOffset? DeletedAt)
{
    internal static TenantView Of(Tenant tenant, Membership membership) => new(
        tenant.Id, tenant.Name, tenant.DatabaseName, tenant.State is TenantState.Active, tenant.AuthMethod, membership.Role, membership.JoinedAt, tenant.CreatedBy, tenant.CreatedAt, tenant.UpdatedAt, tenant.DeletedAt);
}
