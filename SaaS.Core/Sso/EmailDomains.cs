using SaaS.Platform.Http;

namespace SaaS.Core.Sso;

/// <summary>The part of an address behind its last <c>@</c>.</summary>
internal static class EmailDomains
{
    /// <summary>Of a name in DNS.</summary>
    public const int MaxLength = 253;

    /// <summary>Of a domain as people type it: with or without <c>@</c> before it.</summary>
    public static readonly FieldRule Rule = new()
    {
        MinLength = 3,
        MaxLength = MaxLength,
        Pattern = @"^\s*@?(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\s*$",
        PatternExpected = "Must be a domain, such as example.com.",
    };

    public static string Of(string email) => email[(email.LastIndexOf('@') + 1)..].ToLowerInvariant();

    /// <summary>Reads a domain by <see cref="Rule"/>.</summary>
    /// <returns>Null when it is none.</returns>
    public static string? Read(string typed)
    {
        var domain = typed.Trim().TrimStart('@').ToLowerInvariant();
        return Rule.FaultOf(typed) is null && Uri.CheckHostName(domain) is UriHostNameType.Dns ? domain : null;
    }
}
