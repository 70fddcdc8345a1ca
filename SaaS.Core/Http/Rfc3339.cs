using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;

namespace SaaS.Core.Http;

/// <summary>Parses and formats RFC 3339 times. Other formats are rejected, because a guess may be a different day.</summary>
public static partial class Rfc3339
{
    public const string TimeExpected = "Must be an RFC 3339 time such as 2026-11-30T12:00:00Z.";
    public const string DateExpected = "Must be a date such as 2026-11-30.";

    public static bool TryParseTime(string text, out DateTimeOffset time)
    {
        time = default;
        return Time().IsMatch(text)
            && DateTimeOffset.TryParse(text.ToUpperInvariant(), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out time);
    }

    public static bool TryParseDate(string text, out DateOnly date) =>
        DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out date);

    /// <summary>Formats a time in UTC with a trailing <c>Z</c> and the precision of PostgreSQL, microseconds.</summary>
    public static string Format(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFF'Z'", CultureInfo.InvariantCulture);

    [GeneratedRegex(
        @"\A[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?([Zz]|[+-][0-9]{2}:[0-9]{2})\z",
        RegexOptions.CultureInvariant,
        matchTimeoutMilliseconds: 100
    )]
    private static partial Regex Time();
}

/// <summary>Converts times to ISO 8601 in UTC with a trailing <c>Z</c>, never <c>+00:00</c>: some clients compare them as text.</summary>
public sealed class UtcTimeConverter : JsonConverter<DateTimeOffset>
{
    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        Rfc3339.TryParseTime(reader.GetString() ?? "", out var time)
            ? time.ToUniversalTime()
            : throw new FieldException(Rfc3339.TimeExpected);

    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) =>
        writer.WriteStringValue(Rfc3339.Format(value));
}
