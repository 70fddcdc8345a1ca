using System.Text.Json;
using System.Text.Json.Serialization;

namespace SaaS.Core.Http;

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
