using System.Linq.Expressions;

namespace SaaS.Core.Accounts;

/// <summary>A person, as the API shows one.</summary>
/// <param name="Id">The account's id.</param>
/// <param name="FirstName">First name.</param>
/// <param name="LastName">Last name.</param>
/// <param name="Email">E-mail address, in lower case.</param>
/// <param name="IsActive">Whether the account may sign in.</param>
/// <param name="CreatedAt">When the account was made (UTC).</param>
/// <param name="UpdatedAt">When it was last changed (UTC).</param>
public sealed record UserView(Guid Id, string FirstName, string LastName, string Email, bool IsActive, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt)
{
    internal static readonly Expression<Func<User, UserView>> Projection = user =>
        new UserView(user.Id, user.FirstName, user.LastName, user.Email, user.IsActive, user.CreatedAt, user.UpdatedAt);

    internal static UserView Of(User user) =>
        new(user.Id, user.FirstName, user.LastName, user.Email, user.IsActive, user.CreatedAt, user.UpdatedAt);
}
