using System.Linq.Expressions;
using SaaS.Core.Access;
using SaaS.Core.Identity.Accounts;

namespace SaaS.Core.Tenancy.Members;

/// <summary>A member of a tenant.</summary>
/// <param name="Id">The account's id.</param>
/// <param name="FirstName">First name.</param>
/// <param name="LastName">Last name.</param>
/// <param name="Email">E-mail address.</param>
/// <param name="IsActive">True when the account may sign in.</param>
/// <param name="Role">admin, user or viewer.</param>
/// <param name="JoinedAt">The time at which the membership began (UTC).</param>
/// <param name="CreatedAt">The time at which the account was created (UTC).</param>
/// <param name="UpdatedAt">The time of the account's last change (UTC).</param>
public sealed record MemberView(
    Guid Id,
    string FirstName,
    string LastName,
    string Email,
    bool IsActive,
    TenantRole Role,
    DateTimeOffset JoinedAt,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt
)
{
    internal static readonly Expression<Func<Membership, User, MemberView>> Projection = (membership, user) =>
        new MemberView(
            user.Id,
            user.FirstName,
            user.LastName,
            (string)user.Email,
            user.IsActive,
            membership.Role,
            membership.JoinedAt,
            user.CreatedAt,
            user.UpdatedAt
        );
}
