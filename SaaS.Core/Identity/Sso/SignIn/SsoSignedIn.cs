using SaaS.Core.Identity.Accounts;
using SaaS.Core.Identity.Sessions;

namespace SaaS.Core.Identity.Sso.SignIn;

/// <summary>The response to a sign-in through an identity provider.</summary>
/// <param name="Success">Always true.</param>
/// <param name="Message">A sentence for the user.</param>
/// <param name="AccessToken">Sent as <c>Authorization: Bearer …</c> with every request; bound to the tenant.</param>
/// <param name="RefreshToken">Exchanged for the next pair of tokens; can be used once.</param>
/// <param name="TokenType">Always <c>Bearer</c>.</param>
/// <param name="ExpiresIn">Seconds until the access token expires.</param>
/// <param name="User">The user who signed in.</param>
/// <param name="Tenants">A list with the one tenant.</param>
/// <param name="Tenant">The tenant; null when it was deleted meanwhile.</param>
/// <param name="TenantId">The tenant's id.</param>
/// <param name="AuthMethod">Always <c>sso</c>.</param>
public sealed record SsoSignedIn(
    bool Success,
    string Message,
    string AccessToken,
    string RefreshToken,
    string TokenType,
    int ExpiresIn,
    UserView User,
    IReadOnlyList<SignedInTenant> Tenants,
    SignedInTenant? Tenant,
    Guid TenantId,
    string AuthMethod
)
{
    /// <param name="parent">The session from which it is opened; null for a sign-in.</param>
    internal static async Task<SsoSignedIn> OpenAsync(
        OpenSession open,
        SignInProof proof,
        ClientDevice device,
        Guid tenantId,
        Session? parent,
        CancellationToken ct
    )
    {
        var opened = await open.RunAsync(proof, device, tenantId, "Login successful", parent, ct);
        return new SsoSignedIn(
            opened.Success,
            opened.Message,
            opened.AccessToken,
            opened.RefreshToken,
            opened.TokenType,
            opened.ExpiresIn,
            opened.User,
            opened.Tenants,
            opened.Tenants is [var tenant, ..] ? tenant : null,
            tenantId,
            "sso"
        );
    }
}
