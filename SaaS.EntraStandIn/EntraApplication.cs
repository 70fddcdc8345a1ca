namespace SaaS.Entra;

/// <summary>
/// An application registered in a directory: a confidential client with a client secret. Mutable properties may change while the stand-in
/// runs.
/// </summary>
internal sealed class EntraApplication
{
    public required string ClientId { get; init; }

    /// <summary>The valid secrets; two overlap during a rotation. Without one, the application gets no tokens.</summary>
    public required IReadOnlyList<string> ClientSecrets { get; set; }

    /// <summary>Compared exactly: https://learn.microsoft.com/entra/identity-platform/reply-url.</summary>
    public IReadOnlyList<string> RedirectUris { get; set; } = [];

    /// <summary>URLs that a browser may be redirected to after a sign-out; Entra keeps them in the same list.</summary>
    public IReadOnlyList<string> SignOutUris { get; set; } = [];

    /// <summary>A path accepted on http at every loopback address and port, for experiments.</summary>
    public string? LoopbackRedirectPath { get; init; }

    /// <summary>
    /// True when ID tokens contain <c>groups</c>:
    /// https://learn.microsoft.com/entra/identity-platform/optional-claims#configure-groups-optional-claims.
    /// </summary>
    public bool EmitsGroups { get; set; }

    /// <summary>
    /// The maximum number of groups in an ID token; with more groups the token refers to Graph instead. Entra's own limit for JWTs is 200.
    /// </summary>
    public int GroupLimit { get; set; } = 200;

    /// <summary>
    /// The requested optional claims out of <c>given_name</c>, <c>family_name</c>, <c>upn</c> and <c>xms_edov</c>:
    /// https://learn.microsoft.com/entra/identity-platform/optional-claims-reference.
    /// </summary>
    public IReadOnlySet<string> OptionalClaims { get; set; } = new HashSet<string>();

    /// <summary>
    /// True when it may be used with a placeholder for the directory (<c>common</c>, <c>organizations</c>):
    /// https://learn.microsoft.com/entra/identity-platform/howto-convert-app-to-be-multi-tenant.
    /// </summary>
    public bool IsMultitenant { get; set; }

    /// <summary>
    /// True when PKCE is accepted. Entra always accepts it; the stand-in rejects it by default, so that a test notices what a client sends.
    /// </summary>
    public bool AllowsPkce { get; set; }

    /// <summary>
    /// The lifetime of access tokens. Entra picks 60 to 90 minutes at random:
    /// https://learn.microsoft.com/entra/identity-platform/access-tokens#token-lifetime.
    /// </summary>
    public TimeSpan AccessTokenLifetime { get; set; } = TimeSpan.FromMinutes(60);

    internal bool AcceptsAfterSignOut(string address) => SignOutUris.Concat(RedirectUris).Contains(address, StringComparer.Ordinal);

    internal bool Accepts(string? redirectUri) =>
        redirectUri is not null
        && (
            RedirectUris.Contains(redirectUri, StringComparer.Ordinal)
            || (
                LoopbackRedirectPath is { } path
                && Uri.TryCreate(redirectUri, UriKind.Absolute, out var uri)
                && uri is { IsLoopback: true, Scheme: "http" }
                && uri.PathAndQuery == path
            )
        );
}
