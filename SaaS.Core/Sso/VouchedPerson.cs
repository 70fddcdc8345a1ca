using SaaS.Platform.Entra;

namespace SaaS.Core.Sso;

/// <summary>Somebody for whom a tenant's identity provider has vouched, with what it said of them and the tokens that it gave.</summary>
/// <param name="Application">Which application of which directory that was.</param>
/// <param name="Groups">The ids of the person's groups; null when nobody could say.</param>
internal sealed record VouchedPerson(
    EntraApplication Application,
    Guid DirectoryId,
    Guid ObjectId,
    string? Email,
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
            var parts = (Name ?? Email ?? "").Trim().Split(' ', 2);
            (first, last) = (parts[0], parts is [_, var rest] ? rest : "");
        }

        return (Cut(first, maxLength) ?? "", Cut(last, maxLength) ?? "");
    }

    /// <summary>What directories say goes into columns: one line, and not longer than they are.</summary>
    public static string? Cut(string? text, int maxLength)
    {
        var line = new string([.. (text ?? "").Where(character => !char.IsControl(character) && !char.IsSurrogate(character)).Take(maxLength)]).Trim();
        return line.Length > 0 ? line : null;
    }
}
