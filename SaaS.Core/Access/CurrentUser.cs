using System.Reflection;
using Microsoft.AspNetCore.Http;

namespace SaaS.Core.Access;

/// <summary>
/// The authenticated user of a request, with a verified token and an active session. Handlers take it as a parameter; only the session
/// check creates it.
/// </summary>
/// <param name="UserId">The account's id.</param>
/// <param name="SessionId">The session's id.</param>
/// <param name="IsPlatformAdmin">True for administrators of the platform.</param>
/// <param name="MustChangePassword">True while the password was chosen by another person and must be changed before anything else.</param>
/// <param name="Method">The sign-in method of the session.</param>
/// <param name="RestrictedToTenantId">The tenant of a tenant-bound session; null for a session that is not restricted.</param>
internal sealed record CurrentUser(
    Guid UserId,
    Guid SessionId,
    bool IsPlatformAdmin,
    bool MustChangePassword,
    SignInMethod Method,
    Guid? RestrictedToTenantId
) : Principal
{
    public override Guid Id => UserId;

    public override Actor Actor => Actor.User(UserId);

    /// <summary>The time at which the user was last authenticated in this session.</summary>
    public DateTimeOffset AuthenticatedAt { get; init; }

    /// <summary>True when the user proved a second factor in this session.</summary>
    public bool ProvedSecondFactor { get; init; }

    /// <summary>Returns the user of a request; null when it is not authenticated.</summary>
    public static new CurrentUser? Get(HttpContext http) => http.Features.Get<CurrentUser>();

    public static new ValueTask<CurrentUser?> BindAsync(HttpContext http, ParameterInfo _) => ValueTask.FromResult(Get(http));
}

/// <summary>The authentication method of a session.</summary>
internal enum SignInMethod
{
    /// <summary>The account's own credentials: the password, or a passkey.</summary>
    Password,

    /// <summary>Single sign-on through a tenant's identity provider.</summary>
    Sso,

    /// <summary>The password and a second factor of a break-glass admin, for an outage of the identity provider.</summary>
    BreakGlass,
}
