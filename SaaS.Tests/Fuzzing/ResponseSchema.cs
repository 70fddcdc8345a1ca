using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace SaaS.Tests.Fuzzing;

/// <summary>
/// Validates responses against the OpenAPI document: supports the part of JSON Schema that the document uses, and rejects anything
/// undeclared.
/// </summary>
internal sealed class ResponseSchema(JsonElement document)
{
    private static readonly string[] Known =
    [
        "$ref",
        "type",
        "properties",
        "required",
        "additionalProperties",
        "items",
        "oneOf",
        "anyOf",
        "allOf",
        "enum",
        "const",
        "format",
        "pattern",
        "minimum",
        "maximum",
        "minLength",
        "maxLength",
        "minItems",
        "maxItems",
        "maxProperties",
        "propertyNames",
        "uniqueItems",
        "description",
        "title",
        "default",
        "example",
        "examples",
    ];

    /// <returns>The fault of the value, or null.</returns>
    public string? FindFault(JsonElement schema, JsonElement value, string path = "$")
    {
        if (schema.ValueKind is JsonValueKind.True || schema.ValueKind is not JsonValueKind.Object)
        {
            return schema.ValueKind is JsonValueKind.True ? null : $"{path}: nothing is allowed here";
        }

        var unknown = schema
            .EnumerateObject()
            .Select(word => word.Name)
            .FirstOrDefault(word => !Known.Contains(word) && !word.StartsWith("x-", StringComparison.Ordinal));
        if (unknown is not null)
        {
            return $"{path}: the schema says '{unknown}', which this check does not know";
        }

        return schema.TryGetProperty("$ref", out var reference)
            ? FindFault(Resolve(reference.GetString()!), value, path)
            : FindFaultOfChoice(schema, value, path)
                ?? FindFaultOfType(schema, value, path)
                ?? value.ValueKind switch
                {
                    JsonValueKind.Object => FindFaultOfObject(schema, value, path),
                    JsonValueKind.Array => FindFaultOfArray(schema, value, path),
                    JsonValueKind.String => FindFaultOfText(schema, value.GetString()!, path),
                    JsonValueKind.Number => FindFaultOfNumber(schema, value.GetDecimal(), path),
                    _ => null,
                };
    }

    /// <summary>Resolves a reference in the document.</summary>
    public JsonElement Resolve(string reference) =>
        reference.Split('/')[1..].Aggregate(document, (element, name) => element.GetProperty(name));

    private string? FindFaultOfChoice(JsonElement schema, JsonElement value, string path)
    {
        if (schema.TryGetProperty("enum", out var words) && !words.EnumerateArray().Any(word => JsonElement.DeepEquals(word, value)))
        {
            return $"{path}: {value.GetRawText()} is none of {words.GetRawText()}";
        }

        if (
            schema.TryGetProperty("allOf", out var all)
            && all.EnumerateArray().Select(one => FindFault(one, value, path)).FirstOrDefault(fault => fault is not null) is { } broken
        )
        {
            return broken;
        }

        foreach (var name in (string[])["oneOf", "anyOf"])
        {
            if (schema.TryGetProperty(name, out var choices))
            {
                var faults = choices.EnumerateArray().Select(choice => FindFault(choice, value, path)).ToList();
                if (!faults.Contains(null))
                {
                    return faults[^1];
                }
            }
        }

        return null;
    }

    private static string? FindFaultOfType(JsonElement schema, JsonElement value, string path)
    {
        if (!schema.TryGetProperty("type", out var type))
        {
            return null;
        }

        var types =
            type.ValueKind is JsonValueKind.Array ? type.EnumerateArray().Select(one => one.GetString()!).ToList() : [type.GetString()!];
        return types.Any(one => Is(value, one)) ? null : $"{path}: {value.ValueKind} instead of {string.Join(" or ", types)}";
    }

    private static bool Is(JsonElement value, string type) =>
        type switch
        {
            "null" => value.ValueKind is JsonValueKind.Null,
            "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
            "string" => value.ValueKind is JsonValueKind.String,
            "number" => value.ValueKind is JsonValueKind.Number,
            "integer" => value.ValueKind is JsonValueKind.Number && value.TryGetInt64(out _),
            "array" => value.ValueKind is JsonValueKind.Array,
            "object" => value.ValueKind is JsonValueKind.Object,
            _ => false,
        };

    private string? FindFaultOfObject(JsonElement schema, JsonElement value, string path)
    {
        var properties = schema.TryGetProperty("properties", out var declared) ? declared : default;
        if (
            schema.TryGetProperty("required", out var required)
            && required.EnumerateArray().FirstOrDefault(name => !value.TryGetProperty(name.GetString()!, out _))
                is { ValueKind: JsonValueKind.String } missing
        )
        {
            return $"{path}: '{missing.GetString()}' is missing";
        }

        if (schema.TryGetProperty("maxProperties", out var most) && value.GetPropertyCount() > most.GetInt32())
        {
            return $"{path}: has more than {most} members";
        }

        foreach (var property in value.EnumerateObject())
        {
            if (
                schema.TryGetProperty("propertyNames", out var names)
                && FindFault(names, JsonSerializer.SerializeToElement(property.Name), path) is { } ofName
            )
            {
                return ofName;
            }

            if (properties.ValueKind is JsonValueKind.Object && properties.TryGetProperty(property.Name, out var known))
            {
                if (FindFault(known, property.Value, $"{path}.{property.Name}") is { } fault)
                {
                    return fault;
                }
            }
            else if (schema.TryGetProperty("additionalProperties", out var others))
            {
                if (FindFault(others, property.Value, $"{path}.{property.Name}") is { } fault)
                {
                    return fault;
                }
            }
            else if (properties.ValueKind is JsonValueKind.Object)
            {
                return $"{path}: '{property.Name}' is not declared"; // allowed by JSON Schema, but undocumented for clients
            }
        }

        return null;
    }

    private string? FindFaultOfArray(JsonElement schema, JsonElement value, string path) =>
        schema.TryGetProperty("minItems", out var fewest) && value.GetArrayLength() < fewest.GetInt32()
            ? $"{path}: has fewer than {fewest} items"
        : schema.TryGetProperty("maxItems", out var most) && value.GetArrayLength() > most.GetInt32()
            ? $"{path}: has more than {most} items"
        : schema.TryGetProperty("items", out var items)
            ? value
                .EnumerateArray()
                .Select((item, index) => FindFault(items, item, $"{path}[{index}]"))
                .FirstOrDefault(fault => fault is not null)
        : null;

    private static string? FindFaultOfNumber(JsonElement schema, decimal number, string path) =>
        schema.TryGetProperty("minimum", out var least) && number < least.GetDecimal() ? $"{path}: {number} is less than {least}"
        : schema.TryGetProperty("maximum", out var most) && number > most.GetDecimal() ? $"{path}: {number} is more than {most}"
        : schema.TryGetProperty("format", out var format)
        && format.GetString() is "int32"
        && (number < int.MinValue || number > int.MaxValue)
            ? $"{path}: {number} is no int32"
        : null;

    private static string? FindFaultOfText(JsonElement schema, string text, string path) =>
        schema.TryGetProperty("minLength", out var shortest) && text.EnumerateRunes().Count() < shortest.GetInt32()
            ? $"{path}: shorter than {shortest}"
        : schema.TryGetProperty("maxLength", out var longest) && text.EnumerateRunes().Count() > longest.GetInt32()
            ? $"{path}: longer than {longest}"
        : schema.TryGetProperty("pattern", out var pattern)
        && !Regex.IsMatch(
            text,
            pattern.GetString()!.EndsWith('$') ? $@"{pattern.GetString()![..^1]}\z" : pattern.GetString()!,
            RegexOptions.CultureInvariant
        )
            ? $"{path}: does not fit {pattern}"
        : (schema.TryGetProperty("format", out var format) ? format.GetString() : null) switch
        {
            "uuid" when !Guid.TryParseExact(text, "D", out _) => $"{path}: '{text}' is no UUID",
            "date-time" when !DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, out _) || !text.EndsWith('Z') =>
                $"{path}: '{text}' is no time in UTC",
            "date" when !DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _) =>
                $"{path}: '{text}' is no day",
            "uri" when !Uri.TryCreate(text, UriKind.RelativeOrAbsolute, out _) => $"{path}: '{text}' is no address",
            _ => null,
        };
}
