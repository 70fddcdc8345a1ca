using System.Globalization;
using System.Text.RegularExpressions;
using SaaS.Core.Http;
using SaaS.Infrastructure.Unicode;

namespace SaaS.Core.Identity.Accounts;

/// <summary>A domain of e-mail addresses in its canonical form: A-labels of IDNA in lower case, without the dot of the root.</summary>
internal static partial class EmailDomain
{
    /// <summary>Of a name in DNS.</summary>
    public const int MaxLength = 253;

    /// <summary>What a domain may be, as a caller is told.</summary>
    public const string Expected = "Must be a domain, such as example.com.";

    // ASCII by itself as well: some tools compile patterns without the flag that gives \p its meaning.
    private const string Label = @"[A-Za-z0-9\p{L}\p{N}](?:[A-Za-z0-9\p{L}\p{M}\p{N}\u200C\u200D-]{0,61}[A-Za-z0-9\p{L}\p{M}\p{N}])?";

    // The dots of IDNA: those of Chinese and Japanese keyboards too.
    private const string Dot = @"[.\u3002\uFF0E\uFF61]";

    /// <summary>A domain as people type it.</summary>
    internal const string Pattern = $"(?:{Label}{Dot})+{Label}{Dot}?";

    /// <summary>Of a domain as people type it: with or without <c>@</c> before it, in any script.</summary>
    public static readonly FieldRule Rule = new() { MinLength = 3, MaxLength = MaxLength, Pattern = $@"^\s*@?{Pattern}\s*$", PatternExpected = Expected };

    private static readonly IdnMapping Idna = new() { UseStd3AsciiRules = true };

    /// <summary>Reads a domain by <see cref="Rule"/>.</summary>
    /// <returns>Null when it is none.</returns>
    public static string? Read(string typed)
    {
        var domain = typed.Trim();
        return Canonicalize(domain.StartsWith('@') ? domain[1..] : domain);
    }

    /// <returns>The canonical form of a domain in A-labels or U-labels, with or without the dot of the root; null when it is none.</returns>
    public static string? Canonicalize(string domain) =>
        Typed().IsMatch(domain) && ToLabels(domain)?.TrimEnd('.') is { Length: <= MaxLength } ascii && Labels().IsMatch(ascii) && Uri.CheckHostName(ascii) is UriHostNameType.Dns ? ascii : null;

    /// <summary>The labels of a domain, or of the beginning of one, as canonical domains have them.</summary>
    /// <returns>Null when they cannot be part of one.</returns>
    public static string? ToLabels(string part)
    {
        // IDNA leaves out some invisible characters; whoever sends them means to show something else than what is meant.
        if (UnicodeText.Normalize(part) is not { Length: > 0 } normal || !UnicodeText.CanShow(normal) || normal.EnumerateRunes().Any(UnicodeText.IsIgnorable))
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

/// <summary>A domain of e-mail addresses.</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Parameter)]
internal sealed class DomainAttribute : FieldRuleAttribute
{
    public override FieldRule Rule { get; } = EmailDomain.Rule;

    public override string? FaultOf(string text) => EmailDomain.Read(text) is null ? EmailDomain.Expected : null;
}
