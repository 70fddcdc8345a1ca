using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Security.Claims;
using System.Security.Cryptography;

namespace SaaS.Entra;

internal enum TokenKind
{
    Code,
    Access,
    Refresh,
}

/// <summary>An issued code or token, with its recipient and its state.</summary>
/// <param name="Claims">The claims that OpenIddict needs when the token is used: scopes, nonce, redirect URI.</param>
internal sealed record IssuedToken(
    TokenKind Kind,
    EntraDirectory Directory,
    EntraUser Person,
    string ClientId,
    ClaimsPrincipal Claims,
    string? RedirectUri
)
{
    private int _redeemed;

    internal required DateTimeOffset ExpiresAt { get; set; }

    internal bool IsRevoked { get; set; }

    internal bool IsRedeemed => Volatile.Read(ref _redeemed) is 1;

    /// <summary>Redeems the code; only the first of concurrent calls returns true.</summary>
    internal bool Redeem() => Interlocked.Exchange(ref _redeemed, 1) is 0;
}

/// <summary>
/// The store of issued codes, access tokens and refresh tokens. They are opaque to a client, which must not parse them
/// (https://learn.microsoft.com/entra/identity-platform/access-tokens), so they are random strings here.
/// </summary>
internal sealed class IssuedTokens
{
    private readonly ConcurrentDictionary<string, IssuedToken> _all = [];

    internal string Issue(IssuedToken token)
    {
        var text = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(BytesOf(token.Kind)));
        _all[text] = token;
        return text;
    }

    internal IssuedToken? Find(TokenKind kind, string? text) =>
        text is not null && _all.TryGetValue(text, out var token) && token.Kind == kind ? token : null;

    internal void ForEach(TokenKind kind, EntraUser? person, Action<IssuedToken> change)
    {
        foreach (var token in _all.Values.Where(token => token.Kind == kind && (person is null || token.Person == person)))
        {
            change(token);
        }
    }

    // About as long as Entra's own tokens, so that a column or header that is too short fails here.
    private static int BytesOf(TokenKind kind) =>
        kind switch
        {
            TokenKind.Code => 700,
            TokenKind.Access => 1500,
            TokenKind.Refresh => 1000,
        };
}
