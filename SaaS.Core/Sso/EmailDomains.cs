namespace SaaS.Core.Sso;

/// <summary>The part of an address behind its last <c>@</c>.</summary>
internal static class EmailDomains
{
    /// <summary>Of a name in DNS.</summary>
    public const int MaxLength = 253;

    public static string Of(string email) => email[(email.LastIndexOf('@') + 1)..].ToLowerInvariant();

    /// <summary>As people type a domain: with or without <c>@</c> before it.</summary>
    /// <returns>Null when it is none.</returns>
    public static string? Read(string typed)
    {
        var domain = typed.Trim().TrimStart('@').ToLowerInvariant();
        return domain.Length <= MaxLength && domain.Contains('.', StringComparison.Ordinal) && domain.All(char.IsAscii) && Uri.CheckHostName(domain) is UriHostNameType.Dns && !domain.EndsWith('.')
            ? domain
            : null;
    }
}
