using SaaS.Core.Access;
using SaaS.Core.Tenancy.Catalog;
using SaaS.Core.Tenancy.Members;

namespace SaaS.Core.Tenancy;

/// <summary>A tenant, with the membership of the current user or service account.</summary>
/// <param name="Id">The tenant's id.</param>
/// <param name="Name">1 to 255 characters.</param>
/// <param name="DatabaseName">The name of its database; never changes.</param>
/// <param name="IsActive">True unless the tenant is deleted.</param>
/// <param name="AuthMethod">The sign-in methods of its members: local, sso or both.</param>
/// <param name="Role">The role of the caller: admin, user or viewer.</param>
/// <param name="JoinedAt">The time at which the caller became a member (UTC).</param>
/// <param name="CreatedBy">The id of the account that created it.</param>
/// <param name="CreatedAt">The time of its creation (UTC).</param>
/// <param name="UpdatedAt">The time of its last change (UTC).</param>
/// <param name="DeletedAt">The time of its deletion (UTC); null while it is active.</param>
public sealed record TenantView(
    Guid Id,
    string Name,
    string DatabaseName,
    bool IsActive,
    AuthMethod AuthMethod,
    TenantRole Role,
    DateTimeOffset JoinedAt,
    Guid CreatedBy,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt,
    DateTimeOffset? DeletedAt
)
{
    internal static TenantView From(Tenant tenant, Membership membership) => From(tenant, membership.Role, membership.JoinedAt);

    internal static TenantView From(Tenant tenant, TenantRole role, DateTimeOffset joinedAt) =>
        new(
            tenant.Id,
            tenant.Name,
            tenant.DatabaseName,
            tenant.State is TenantState.Active,
            tenant.AuthMethod,
            role,
            joinedAt,
            tenant.CreatedBy,
            tenant.CreatedAt,
            tenant.UpdatedAt,
            tenant.DeletedAt
        );
}
