using System.Linq.Expressions;

namespace SaaS.Core.Identity.Accounts;

/// <summary>A person, as the API shows one.</summary>
/// <param name="Id">The account's id.</param>
/// <param name="FirstName">First name.</param>
/// <param name="LastName">Last name.</param>
/// <param name="Email">E-mail address, in lower case.</param>
/// <param name="EmailVerified">Whether the person has proved to read the mail of this address.</param>
/// <param name="IsActive">Whether the account may sign in.</param>
/// <param name="IsPlatformAdmin">Whether the account operates the platform.</param>
/// <param name="MustChangePassword">Whether another password has to be chosen before anything else is done.</param>
/// <param name="CreatedAt">When the account was made (UTC).</param>
/// <param name="UpdatedAt">When it was last changed (UTC).</param>
public sealed record UserView(
    Guid Id, string FirstName, string LastName, string Email, bool EmailVerified, bool IsActive, bool IsPlatformAdmin, bool MustChangePassword, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt)
{
    internal static readonly Expression<Func<User, UserView>> Projection = user => new UserView(
        user.Id, user.FirstName, user.LastName, (string)user.Email, user.EmailVerifiedAt != null, user.IsActive, user.IsPlatformAdmin, user.MustChangePassword, user.CreatedAt, user.UpdatedAt);

    private static readonly Func<User, UserView> Compiled = Projection.Compile();

    internal static UserView Of(User user) => Compiled(user);
}
