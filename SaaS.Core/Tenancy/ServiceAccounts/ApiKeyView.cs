using System.Linq.Expressions;

namespace SaaS.Core.Tenancy.ServiceAccounts;

/// <summary>An API key without its secret.</summary>
/// <param name="Id">The key's id.</param>
/// <param name="Name">1 to 100 characters.</param>
/// <param name="Hint">The start of the key, by which it can be recognized.</param>
/// <param name="Scopes">The scopes of the key; the role of the service account limits them.</param>
/// <param name="AllowedNetworks">The networks that it may be used from, in CIDR notation; empty for all networks.</param>
/// <param name="CreatedBy">The id of the account that created it.</param>
/// <param name="CreatedAt">The time of its creation (UTC).</param>
/// <param name="ExpiresAt">The end of the key (UTC).</param>
/// <param name="LastUsedAt">The time of its last use (UTC), accurate to about a minute; null when it was never used.</param>
/// <param name="RevokedAt">The time of its revocation (UTC); null unless it was revoked.</param>
/// <param name="ReplacedBy">The id of the key that a rotation created instead of it; null unless it was rotated.</param>
public sealed record ApiKeyView(
    Guid Id,
    string Name,
    string Hint,
    IReadOnlyList<string> Scopes,
    IReadOnlyList<string> AllowedNetworks,
    Guid CreatedBy,
    DateTimeOffset CreatedAt,
    DateTimeOffset ExpiresAt,
    DateTimeOffset? LastUsedAt,
    DateTimeOffset? RevokedAt,
    Guid? ReplacedBy
)
{
    internal static readonly Expression<Func<ApiKey, ApiKeyView>> Projection = key => new ApiKeyView(
        key.Id,
        key.Name,
        key.Hint,
        key.Scopes,
        key.AllowedNetworks,
        key.CreatedBy,
        key.CreatedAt,
        key.ExpiresAt,
        key.LastUsedAt,
        key.RevokedAt,
        key.ReplacedBy
    );

    private static readonly Func<ApiKey, ApiKeyView> Convert = Projection.Compile();

    internal static ApiKeyView From(ApiKey key) => Convert(key);
}

/// <summary>A new API key with its secret, which is shown only once.</summary>
/// <param name="Key">The key itself: send it as `Authorization: Bearer` or as `X-Api-Key`. It cannot be shown again.</param>
/// <param name="ApiKey">The key's properties.</param>
public sealed record CreatedApiKey(string Key, ApiKeyView ApiKey);
