using System.Reflection;
using Microsoft.AspNetCore.Http;

namespace SaaS.Core.Access;

/// <summary>
/// Who sent this request: the account and the session of a token that was verified and whose session was found live.
/// A handler asks for it as a parameter; only the check of the session makes one.
/// </summary>
/// <param name="UserId">The account.</param>
/// <param name="SessionId">Which of its sign-ins.</param>
/// <param name="IsPlatformAdmin">Whether the account operates the platform.</param>
/// <param name="MustChangePassword">The account still has a password that somebody else chose: until it is changed, nothing else is done.</param>
/// <param name="Method">How the session was opened.</param>
/// <param name="RestrictedToTenantId">The tenant that the session is confined to; null for one that opens all of the account's.</param>
internal sealed record CurrentUser(Guid UserId, Guid SessionId, bool IsPlatformAdmin, bool MustChangePassword, SignInMethod Method, Guid? RestrictedToTenantId)
{
    public Actor Actor => Actor.User(UserId);

    /// <summary>Null when nobody is signed in.</summary>
    public static CurrentUser? Of(HttpContext http) => http.Features.Get<CurrentUser>();

    public static ValueTask<CurrentUser?> BindAsync(HttpContext http, ParameterInfo _) => ValueTask.FromResult(Of(http));
}
