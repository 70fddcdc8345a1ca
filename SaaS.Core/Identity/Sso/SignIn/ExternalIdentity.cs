using SaaS.Core.Identity.Accounts;
using SaaS.Infrastructure.Entra;
using SaaS.Infrastructure.Unicode;

namespace SaaS.Core.Identity.Sso.SignIn;

/// <summary>Somebody for whom a tenant's identity provider has vouched, with what it said of them and the tokens that it gave.</summary>
/// <param name="Application">Which application of which directory that was.</param>
/// <param name="Email">The address that the directory gives; null where it gives none. A user principal name is none.</param>
/// <param name="IsEmailProved">Whether the address's domain is verified in the person's own directory; null when the token does not say.</param>
/// <param name="Groups">The ids of the person's groups; null when nobody could say.</param>
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
    DateTimeOffset RefreshTokenExpiresAt)
{
    public override string ToString() => $"{DirectoryId}/{ObjectId}"; // never the tokens

    /// <summary>First and last name, as far as the directory knows them.</summary>
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
