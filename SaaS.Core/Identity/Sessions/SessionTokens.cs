using SaaS.Core.Access;
using SaaS.Core.Identity.Accounts;

namespace SaaS.Core.Identity.Sessions;

/// <summary>A new pair of tokens of a session.</summary>
/// <param name="Success">Always true.</param>
/// <param name="Message">A human-readable message.</param>
/// <param name="AccessToken">Sent as <c>Authorization: Bearer …</c> with every request.</param>
/// <param name="RefreshToken">Can be exchanged once for the next pair of tokens.</param>
/// <param name="TokenType">Always <c>Bearer</c>.</param>
/// <param name="ExpiresIn">Seconds until the access token expires.</param>
/// <param name="ExpiresAt">Expiry of the access token (UTC).</param>
public sealed record SessionTokens(
    bool Success,
    string Message,
    string AccessToken,
    string RefreshToken,
    string TokenType,
    int ExpiresIn,
    DateTimeOffset ExpiresAt
);

/// <summary>The response to a sign-in.</summary>
/// <param name="Success">Always true.</param>
/// <param name="Message">A human-readable message.</param>
/// <param name="AccessToken">Sent as <c>Authorization: Bearer …</c> with every request.</param>
/// <param name="RefreshToken">Can be exchanged once for the next pair of tokens.</param>
/// <param name="TokenType">Always <c>Bearer</c>.</param>
/// <param name="ExpiresIn">Seconds until the access token expires.</param>
/// <param name="User">The signed-in user.</param>
/// <param name="Tenants">The user's tenants, newest membership first.</param>
/// <param name="HasMoreTenants">True when there are more: `GET /api/tenants` lists all of them.</param>
public sealed record SignedIn(
    bool Success,
    string Message,
    string AccessToken,
    string RefreshToken,
    string TokenType,
    int ExpiresIn,
    UserView User,
    IReadOnlyList<SignedInTenant> Tenants,
    bool HasMoreTenants
);

/// <summary>A tenant of the signed-in user.</summary>
/// <param name="Id">The tenant's id.</param>
/// <param name="Name">The tenant's name.</param>
/// <param name="DatabaseName">The name of its database; never changes.</param>
/// <param name="IsActive">Always true: inactive tenants are not listed.</param>
/// <param name="Role">admin, user or viewer.</param>
/// <param name="JoinedAt">Start of the membership (UTC).</param>
public sealed record SignedInTenant(Guid Id, string Name, string DatabaseName, bool IsActive, TenantRole Role, DateTimeOffset JoinedAt);
