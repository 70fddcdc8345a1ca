namespace SaaS.Entra;

/// <summary>
/// A registration of an application in a directory: a confidential client, which proves itself with a secret. Whatever can be set may
/// change while the stand-in runs.
/// </summary>
internal sealed class EntraApplication
{
    public required string ClientId { get; init; }

    /// <summary>All that are good now: two overlap while one is replaced. Without one, nobody gets a token.</summary>
    public required IReadOnlyList<string> ClientSecrets { get; set; }

    /// <summary>Compared letter by letter: https://learn.microsoft.com/entra/identity-platform/reply-url.</summary>
    public IReadOnlyList<string> RedirectUris { get; set; } = [];

    /// <summary>Where a browser may be sent after signing out; Entra asks for these in the same list.</summary>
    public IReadOnlyList<string> SignOutUris { get; set; } = [];

    /// <summary>A path that is accepted at every http address of this machine, whatever its port; for trying things out.</summary>
    public string? LoopbackRedirectPath { get; init; }

    /// <summary>Whether id tokens carry <c>groups</c>: https://learn.microsoft.com/entra/identity-platform/optional-claims#configure-groups-optional-claims.</summary>
    public bool EmitsGroups { get; set; }

    /// <summary>How many groups an id token holds before it points elsewhere instead. Entra's own limit for JWTs is 200.</summary>
    public int GroupLimit { get; set; } = 200;

    /// <summary>Of <c>given_name</c>, <c>family_name</c> and <c>upn</c>, those that were asked for: https://learn.microsoft.com/entra/identity-platform/optional-claims-reference.</summary>
    public IReadOnlySet<string> OptionalClaims { get; set; } = new HashSet<string>();

    /// <summary>Whether it may be used where the directory is left open (<c>common</c>, <c>organizations</c>): https://learn.microsoft.com/entra/identity-platform/howto-convert-app-to-be-multi-tenant.</summary>
    public bool IsMultitenant { get; set; }

    /// <summary>Entra takes PKCE from everybody; here it is refused unless it is wanted, so that a client shows what it really sends.</summary>
    public bool AllowsPkce { get; set; }

    /// <summary>From its issue. Entra chooses 60 to 90 minutes at random: https://learn.microsoft.com/entra/identity-platform/access-tokens#token-lifetime.</summary>
    public TimeSpan AccessTokenLifetime { get; set; } = TimeSpan.FromMinutes(60);

    internal bool AcceptsAfterSignOut(string address) => SignOutUris.Concat(RedirectUris).Contains(address, StringComparer.Ordinal);

    internal bool Accepts(string? redirectUri) => redirectUri is not null
        && (RedirectUris.Contains(redirectUri, StringComparer.Ordinal)
            || (LoopbackRedirectPath is { } path && Uri.TryCreate(redirectUri, UriKind.Absolute, out var uri) && uri is { IsLoopback: true, Scheme: "http" } && uri.PathAndQuery == path));
}
