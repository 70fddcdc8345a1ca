using SaaS.Core.Identity.Accounts;
using SaaS.Infrastructure.Entra;
using SaaS.Infrastructure.Unicode;

namespace SaaS.Core.Identity.Sso.SignIn;

/// <summary>A user authenticated by a tenant's identity provider, with the attributes and tokens that the provider issued.</summary>
/// <param name="Application">The application and directory through which the user signed in.</param>
/// <param name="Email">The e-mail address in the directory; null when there is none. A user principal name is not an e-mail
/// address.</param>
/// <param name="IsEmailProved">True when the address's domain is verified in the user's own directory; null when the token does not
/// say.</param>
/// <param name="Groups">The ids of the user's groups; null when they could not be read.</param>
internal sealed record ExternalIdentity(
    EntraApplication Application,
    Guid DirectoryId,
    Guid ObjectId,
    EmailAddress? Email,
    bool? IsEmailProved,
    string? Upn,
    string? Name,
    string? GivenName,
    string? FamilyName,
    string? JobTitle,
    string? Department,
    string? Company,
    IReadOnlyList<string>? Groups,
    string AccessToken,
    DateTimeOffset TokenExpiresAt,
    string? RefreshToken,
    DateTimeOffset RefreshTokenExpiresAt
)
{
    /// <summary>How the provider authenticated the user, as in the claim <c>amr</c> (RFC 8176).</summary>
    public IReadOnlyList<string> Amr { get; init; } = [];

    public override string ToString() => $"{DirectoryId}/{ObjectId}"; // never the tokens

    /// <summary>Returns first and last name, as far as the directory has them.</summary>
    public (string First, string Last) Names(int maxLength)
    {
        var (first, last) = (GivenName, FamilyName);
        if (string.IsNullOrWhiteSpace(first) && string.IsNullOrWhiteSpace(last))
        {
            var parts = (Name ?? Email?.Value ?? "").Trim().Split(' ', 2);
            (first, last) = (parts[0], parts is [_, var rest] ? rest : "");
        }

        return (UnicodeText.Clean(first, maxLength) ?? "", UnicodeText.Clean(last, maxLength) ?? "");
    }
}
