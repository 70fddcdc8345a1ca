using System.Linq.Expressions;

namespace SaaS.Core.Identity.Accounts;

/// <summary>A user account as returned by the API.</summary>
/// <param name="Id">The account's id.</param>
/// <param name="FirstName">First name.</param>
/// <param name="LastName">Last name.</param>
/// <param name="Email">E-mail address, in lower case.</param>
/// <param name="EmailVerified">True when the user has proved to receive the mail of this address.</param>
/// <param name="IsActive">True when the account may sign in.</param>
/// <param name="IsPlatformAdmin">True for an operator of the platform.</param>
/// <param name="MustChangePassword">True when the password must be changed before anything else can be done.</param>
/// <param name="CreatedAt">Creation time of the account (UTC).</param>
/// <param name="UpdatedAt">Time of the last change (UTC).</param>
public sealed record UserView(
    Guid Id,
    string FirstName,
    string LastName,
    string Email,
    bool EmailVerified,
    bool IsActive,
    bool IsPlatformAdmin,
    bool MustChangePassword,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt
)
{
    internal static readonly Expression<Func<User, UserView>> Projection = user => new UserView(
        user.Id,
        user.FirstName,
        user.LastName,
        (string)user.Email,
        user.EmailVerifiedAt != null,
        user.IsActive,
        user.IsPlatformAdmin,
        user.MustChangePassword,
        user.CreatedAt,
        user.UpdatedAt
    );

    private static readonly Func<User, UserView> Compiled = Projection.Compile();

    internal static UserView From(User user) => Compiled(user);
}
