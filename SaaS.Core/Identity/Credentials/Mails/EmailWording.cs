using System.Globalization;
using System.Text.RegularExpressions;

namespace SaaS.Core.Identity.Credentials.Mails;

/// <summary>Formats times, addresses and untrusted text for mails.</summary>
internal static partial class EmailWording
{
    private const int MaxLength = 120;

    /// <summary>
    /// Reduces untrusted text to one line; null when it is empty or contains a link. Anyone can register another person's address, so
    /// a first name with a link would turn our mail into spam.
    /// </summary>
    /// <param name="maxLength">The maximum number of characters; a longer text is cut.</param>
    public static string? Sanitize(string? text, int maxLength = MaxLength) =>
        ToOneLine(text, maxLength) is { } line && !Linklike().IsMatch(line) ? line : null;

    /// <summary>Splits a text of users into its lines, without blank ones.</summary>
    public static IReadOnlyList<string> SplitLines(string text) =>
        text.Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    /// <summary>Reduces the text of a program to one line; null when it is empty.</summary>
    public static string? ToOneLine(string? text, int maxLength = MaxLength)
    {
        var line = Spaces().Replace(ControlCharacters().Replace(text ?? "", " "), " ").Trim();
        return line.Length is 0 ? null : Truncate(line, maxLength);
    }

    /// <summary>
    /// Formats a duration as <c>24 hours</c>, <c>1 hour</c> or <c>90 minutes</c>, rounded down so that it is never overstated.
    /// </summary>
    public static string FormatDuration(TimeSpan span) =>
        span switch
        {
            { TotalDays: >= 2, Hours: 0, Minutes: 0 } => Pluralize((long)span.TotalDays, "day"),
            { TotalHours: >= 1, Minutes: 0 } => Pluralize((long)span.TotalHours, "hour"),
            _ => Pluralize((long)span.TotalMinutes, "minute"),
        };

    /// <summary>Formats a time in UTC, because the reader's time zone is unknown.</summary>
    public static string FormatTime(DateTimeOffset moment) =>
        moment.UtcDateTime.ToString("d MMMM yyyy, HH:mm 'UTC'", CultureInfo.InvariantCulture);

    /// <summary>Masks an address so that its owner recognizes it and other readers do not: <c>a•••@example.com</c>.</summary>
    public static string MaskAddress(string address)
    {
        var at = address.LastIndexOf('@');
        return at <= 0 ? "•••" : $"{StringInfo.GetNextTextElement(address)}•••{address[at..]}";
    }

    private static string Pluralize(long count, string unit) =>
        count is 1 ? $"1 {unit}" : $"{count.ToString(CultureInfo.InvariantCulture)} {unit}s";

    private static string Truncate(string line, int maxLength)
    {
        var characters = StringInfo.ParseCombiningCharacters(line);
        return characters.Length <= maxLength ? line : $"{line[..characters[maxLength]]}…";
    }

    // Line breaks, and characters that change the text direction.
    [GeneratedRegex(@"[\p{Cc}\p{Zl}\p{Zp}\u200E\u200F\u202A-\u202E\u2066-\u2069]")]
    private static partial Regex ControlCharacters();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();

    // Text that mail programs turn into links: an address, or a word with a dot and an ending.
    [GeneratedRegex(@"://|@|\w[.。．｡]\p{L}{2,}")]
    private static partial Regex Linklike();
}
