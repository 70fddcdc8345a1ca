using SaaS.Core.Access;
using SaaS.Core.Identity.Accounts;

namespace SaaS.Core.Identity.Sessions;

/// <summary>What a client that is signed in holds.</summary>
/// <param name="Success">Always true.</param>
/// <param name="Message">One sentence for people.</param>
/// <param name="AccessToken">Goes into <c>Authorization: Bearer …</c> of every request.</param>
/// <param name="RefreshToken">Buys the next pair of tokens, once.</param>
/// <param name="TokenType">Always <c>Bearer</c>.</param>
/// <param name="ExpiresIn">Seconds until the access token expires.</param>
/// <param name="ExpiresAt">When the access token expires (UTC).</param>
public sealed record SessionTokens(bool Success, string Message, string AccessToken, string RefreshToken, string TokenType, int ExpiresIn, DateTimeOffset ExpiresAt);

/// <summary>What a sign-in is answered with.</summary>
/// <param name="Success">Always true.</param>
/// <param name="Message">One sentence for people.</param>
/// <param name="AccessToken">Goes into <c>Authorization: Bearer …</c> of every request.</param>
/// <param name="RefreshToken">Buys the next pair of tokens, once.</param>
/// <param name="TokenType">Always <c>Bearer</c>.</param>
/// <param name="ExpiresIn">Seconds until the access token expires.</param>
/// <param name="User">Who signed in.</param>
/// <param name="Tenants">Where they may act, newest membership first.</param>
/// <param name="HasMoreTenants">Whether there are more: `GET /api/tenants` lists them all.</param>
public sealed record SignedIn(
    bool Success, string Message, string AccessToken, string RefreshToken, string TokenType, int ExpiresIn, UserView User, IReadOnlyList<SignedInTenant> Tenants, bool HasMoreTenants);

/// <summary>A tenant of the one who signed in.</summary>
/// <param name="Id">The tenant's id.</param>
/// <param name="Name">The tenant's name.</param>
/// <param name="DatabaseName">The name of its database; never changes.</param>
/// <param name="IsActive">Always true: others are not among them.</param>
/// <param name="Role">admin, user or viewer.</param>
/// <param name="JoinedAt">Since when they are a member (UTC).</param>
public sealed record SignedInTenant(Guid Id, string Name, string DatabaseName, bool IsActive, TenantRole Role, DateTimeOffset JoinedAt);
