using SaaS.Core.Access;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Identity.Sessions;

namespace SaaS.Core.Identity.Sso.SignIn;

/// <summary>What a sign-in through an identity provider is answered with.</summary>
/// <param name="Success">Always true.</param>
/// <param name="Message">One sentence for people.</param>
/// <param name="AccessToken">Goes into <c>Authorization: Bearer …</c> of every request; opens the one tenant alone.</param>
/// <param name="RefreshToken">Buys the next pair of tokens, once.</param>
/// <param name="TokenType">Always <c>Bearer</c>.</param>
/// <param name="ExpiresIn">Seconds until the access token expires.</param>
/// <param name="User">Who signed in.</param>
/// <param name="Tenants">The one tenant.</param>
/// <param name="Tenant">The same; null when it was deleted at this moment.</param>
/// <param name="TenantId">Its id.</param>
/// <param name="AuthMethod">Always <c>sso</c>.</param>
public sealed record SsoSignedIn(
    bool Success, string Message, string AccessToken, string RefreshToken, string TokenType, int ExpiresIn, UserView User, IReadOnlyList<SignedInTenant> Tenants, SignedInTenant? Tenant, Guid TenantId, string AuthMethod)
{
    /// <param name="parent">The session that it is opened from; null for a sign-in.</param>
    internal static async Task<SsoSignedIn> OpenAsync(OpenSession open, User user, ClientDevice device, Guid tenantId, Session? parent, CancellationToken ct)
    {
        var opened = await open.RunAsync(user, device, SignInMethod.Sso, tenantId, "Login successful", parent, ct);
        return new SsoSignedIn(opened.Success, opened.Message, opened.AccessToken, opened.RefreshToken, opened.TokenType, opened.ExpiresIn, opened.User, opened.Tenants, opened.Tenants is [var tenant, ..] ? tenant : null, tenantId, "sso");
    }
}
