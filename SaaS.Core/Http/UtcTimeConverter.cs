using System.Text.Json;
using System.Text.Json.Serialization;

namespace SaaS.Core.Http;

/// <summary>Times are ISO 8601 in UTC and end in <c>Z</c>, never in <c>+00:00</c>: some clients compare them as text.</summary>
public sealed class UtcTimeConverter : JsonConverter<DateTimeOffset>
{
    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        Rfc3339.TryReadTime(reader.GetString() ?? "", out var time) ? time.ToUniversalTime() : throw new FieldException(Rfc3339.TimeExpected);

    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) =>
        writer.WriteStringValue(Rfc3339.Write(value));
}
