using System.Globalization;
using System.Text.RegularExpressions;

namespace SaaS.Core.Identity.Credentials.Mails;

/// <summary>How mails put times, addresses, and the words of strangers.</summary>
internal static partial class EmailWording
{
    private const int LongestInsertion = 120;

    /// <summary>
    /// Words that somebody else chose, on one line; null where nothing fit to print is left. Anybody may register anybody's
    /// address, so a first name that holds a link would make us the carrier of it.
    /// </summary>
    public static string? Inserted(string? words) => Quoted(words) is { } line && !Linklike().IsMatch(line) ? line : null;

    /// <summary>What a program said, on one line; null where it said nothing.</summary>
    public static string? Quoted(string? words)
    {
        var line = Spaces().Replace(Steering().Replace(words ?? "", " "), " ").Trim();
        return line.Length is 0 ? null : Shortened(line);
    }

    /// <summary><c>24 hours</c>, <c>1 hour</c>, <c>90 minutes</c>: rounded down, because a promise must hold.</summary>
    public static string Duration(TimeSpan span) => span switch
    {
        { TotalDays: >= 2, Hours: 0, Minutes: 0 } => Counted((long)span.TotalDays, "day"),
        { TotalHours: >= 1, Minutes: 0 } => Counted((long)span.TotalHours, "hour"),
        _ => Counted((long)span.TotalMinutes, "minute"),
    };

    /// <summary>In UTC, because nobody knows where the reader is.</summary>
    public static string Moment(DateTimeOffset moment) =>
        moment.UtcDateTime.ToString("d MMMM yyyy, HH:mm 'UTC'", CultureInfo.InvariantCulture);

    /// <summary>Enough for its owner to know it again, too little for whoever reads along: <c>a•••@example.com</c>.</summary>
    public static string Masked(string address)
    {
        var at = address.LastIndexOf('@');
        return at <= 0 ? "•••" : $"{StringInfo.GetNextTextElement(address)}•••{address[at..]}";
    }

    private static string Counted(long count, string unit) => count is 1 ? $"1 {unit}" : $"{count.ToString(CultureInfo.InvariantCulture)} {unit}s";

    private static string Shortened(string line)
    {
        var characters = StringInfo.ParseCombiningCharacters(line);
        return characters.Length <= LongestInsertion ? line : $"{line[..characters[LongestInsertion]]}…";
    }

    // Line breaks, and what turns the direction of the text around it.
    [GeneratedRegex(@"[\p{Cc}\p{Zl}\p{Zp}\u200E\u200F\u202A-\u202E\u2066-\u2069]")]
    private static partial Regex Steering();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();

    // What mail programs make a link of: an address, or a word with a dot and an ending.
    [GeneratedRegex(@"://|@|\w[.。．｡]\p{L}{2,}")]
    private static partial Regex Linklike();
}
