using System.Globalization;
using System.Text.RegularExpressions;
using SaaS.Core.Http;
using SaaS.Infrastructure.Unicode;

namespace SaaS.Core.Identity.Accounts;

/// <summary>Converts domains of e-mail addresses to canonical form: IDNA A-labels in lower case, without the root dot.</summary>
internal static partial class EmailDomain
{
    /// <summary>The maximum length of a DNS name.</summary>
    public const int MaxLength = 253;

    /// <summary>The allowed values, as validation errors describe them.</summary>
    public const string Expected = "Must be a domain, such as example.com.";

    // Lists ASCII explicitly, because some tools compile patterns without the flag that enables \p.
    private const string Label = @"[A-Za-z0-9\p{L}\p{N}](?:[A-Za-z0-9\p{L}\p{M}\p{N}\u200C\u200D-]{0,61}[A-Za-z0-9\p{L}\p{M}\p{N}])?";

    // The dots that IDNA accepts, including those of Chinese and Japanese keyboards.
    private const string Dot = @"[.\u3002\uFF0E\uFF61]";

    /// <summary>A domain as users type it.</summary>
    internal const string Pattern = $"(?:{Label}{Dot})+{Label}{Dot}?";

    /// <summary>The rule for a domain as users type it: with or without a leading <c>@</c>, in any script.</summary>
    public static readonly FieldRule Rule = new()
    {
        MinLength = 3,
        MaxLength = MaxLength,
        Pattern = $@"^\s*@?{Pattern}\s*$",
        PatternExpected = Expected,
    };

    private static readonly IdnMapping Idna = new() { UseStd3AsciiRules = true };

    /// <summary>Parses a domain that follows <see cref="Rule"/>.</summary>
    /// <returns>The canonical form; null when the text is not a domain.</returns>
    public static string? Parse(string typed)
    {
        var domain = typed.Trim();
        return Canonicalize(domain.StartsWith('@') ? domain[1..] : domain);
    }

    /// <returns>
    /// The canonical form of a domain in A-labels or U-labels, with or without the root dot; null when it is not a domain.
    /// </returns>
    public static string? Canonicalize(string domain) =>
        Typed().IsMatch(domain)
        && ToLabels(domain)?.TrimEnd('.') is { Length: <= MaxLength } ascii
        && Labels().IsMatch(ascii)
        && Uri.CheckHostName(ascii) is UriHostNameType.Dns
            ? ascii
            : null;

    /// <summary>Converts a domain, or the beginning of one, to canonical labels.</summary>
    /// <returns>Null when the text cannot be part of a domain.</returns>
    public static string? ToLabels(string part)
    {
        // IDNA drops some invisible characters, so a domain that contains them would show something other than what it means.
        if (
            UnicodeText.Normalize(part) is not { Length: > 0 } normal
            || !UnicodeText.IsDisplayable(normal)
            || normal.EnumerateRunes().Any(UnicodeText.IsIgnorable)
        )
        {
            return null;
        }

        try
        {
            return Idna.GetAscii(normal).ToLowerInvariant();
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    [GeneratedRegex($@"\A{Pattern}\z", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex Typed();

    [GeneratedRegex(@"\A(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\z", RegexOptions.CultureInvariant)]
    private static partial Regex Labels();
}

/// <summary>Validates a domain of e-mail addresses.</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Parameter)]
internal sealed class DomainAttribute : FieldRuleAttribute
{
    public override FieldRule Rule { get; } = EmailDomain.Rule;

    public override string? Validate(string text) => EmailDomain.Parse(text) is null ? EmailDomain.Expected : null;
}
