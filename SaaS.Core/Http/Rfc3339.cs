using System.Globalization;
using System.Text.RegularExpressions;

namespace SaaS.Core.Http;

/// <summary>Times as RFC 3339 writes them, and no other form: what is guessed may be another day.</summary>
public static partial class Rfc3339
{
    public const string TimeExpected = "Must be an RFC 3339 time such as 2026-11-30T12:00:00Z.";
    public const string DateExpected = "Must be a date such as 2026-11-30.";

    public static bool TryReadTime(string text, out DateTimeOffset time)
    {
        time = default;
        return Time().IsMatch(text) && DateTimeOffset.TryParse(text.ToUpperInvariant(), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out time);
    }

    public static bool TryReadDate(string text, out DateOnly date) =>
        DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out date);

    /// <summary>In UTC, with the <c>Z</c> at its end and no more digits than PostgreSQL keeps.</summary>
    public static string Write(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFF'Z'", CultureInfo.InvariantCulture);

    [GeneratedRegex(@"\A[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?([Zz]|[+-][0-9]{2}:[0-9]{2})\z", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 100)]
    private static partial Regex Time();
}
