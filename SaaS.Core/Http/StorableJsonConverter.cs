using System.Text.Json;
using System.Text.Json.Serialization;

namespace SaaS.Core.Http;

/// <summary>Reads free-form JSON that PostgreSQL can store: without NUL, lone surrogates and numbers beyond its range.</summary>
internal sealed class StorableJsonConverter : JsonConverter<JsonElement>
{
    private const int NumberMaxLength = 1_000;

    public override bool HandleNull => true;

    public override JsonElement Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var element = JsonElement.ParseValue(ref reader);
        return IsStorable(element) ? element : throw new JsonException();
    }

    public override void Write(Utf8JsonWriter writer, JsonElement value, JsonSerializerOptions options) => value.WriteTo(writer);

    private static bool IsStorable(JsonElement element) =>
        element.ValueKind switch
        {
            JsonValueKind.Object => element.EnumerateObject().All(member => IsStorable(() => member.Name) && IsStorable(member.Value)),
            JsonValueKind.Array => element.EnumerateArray().All(IsStorable),
            JsonValueKind.String => IsStorable(() => element.GetString()!),
            JsonValueKind.Number => IsStorable(element.GetRawText(), element.GetDouble()),
            _ => true,
        };

    private static bool IsStorable(Func<string> text)
    {
        try
        {
            return !text().Contains('\0', StringComparison.Ordinal);
        }
        catch (InvalidOperationException)
        {
            return false; // thrown for a lone surrogate
        }
    }

    // PostgreSQL's numeric holds more than a double, but neither 1e999999 nor 1e-999999.
    private static bool IsStorable(string text, double value) =>
        text.Length <= NumberMaxLength
        && double.IsFinite(value)
        && (value != 0 || text.AsSpan().TrimStart("-0.") is [] or ['e' or 'E', ..]);
}
