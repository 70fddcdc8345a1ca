using System.Text.Json;
using System.Text.Json.Serialization;

namespace SaaS.Core.Http;

/// <summary>Converts enums to snake_case names. Unlike the framework's converter it lists the allowed values when it rejects one.</summary>
internal sealed class EnumConverter : JsonConverterFactory
{
    public override bool CanConvert(Type typeToConvert) => typeToConvert.IsEnum;

    public override JsonConverter CreateConverter(Type typeToConvert, JsonSerializerOptions options) =>
        (JsonConverter)Activator.CreateInstance(typeof(Converter<>).MakeGenericType(typeToConvert))!;

    private sealed class Converter<T> : JsonConverter<T>
        where T : struct, Enum
    {
        private static readonly Dictionary<T, string> Names = Enum.GetValues<T>()
            .ToDictionary(value => value, value => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString()));
        private static readonly Dictionary<string, T> Values = Names.ToDictionary(
            name => name.Value,
            name => name.Key,
            StringComparer.Ordinal
        );

        public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.TokenType is JsonTokenType.String ? Parse(reader.GetString()!) : throw Refused();

        public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) => writer.WriteStringValue(Names[value]);

        public override T ReadAsPropertyName(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            Parse(reader.GetString()!);

        public override void WriteAsPropertyName(Utf8JsonWriter writer, T value, JsonSerializerOptions options) =>
            writer.WritePropertyName(Names[value]);

        private static T Parse(string name) => Values.TryGetValue(name, out var value) ? value : throw Refused();

        private static FieldException Refused() => new(FieldRule.ChoicesExpected(Values.Keys));
    }
}
