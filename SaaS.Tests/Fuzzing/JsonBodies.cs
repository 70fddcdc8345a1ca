using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using CsCheck;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Fuzzing;

/// <summary>Generates JSON that a schema of the OpenAPI document allows, and invalid variants of it.</summary>
internal sealed class JsonBodies(Dice dice)
{
    private const int Deep = 80; // deeper than a JSON reader's default limit

    private static readonly string[] Hostile =
    [
        "\"\\u0000\"",
        "\"\\ud800\"",
        "\"\"",
        "\"   \"",
        "\"a\\nb\"",
        "\"\\u202e\"",
        "null",
        "true",
        "[]",
        "{}",
        "0",
        "-1",
        "1e400",
        "9223372036854775808",
        "1.5",
        "\"not-an-id\"",
        "\"0001-01-01T00:00:00Z\"",
        "\"9999-12-31T23:59:59.9999999Z\"",
        "[null]",
        "[[]]",
        "\"'; DROP TABLE users; --\"",
        "\"<script>alert(1)</script>\"",
    ];

    /// <param name="name">The name of the field, which says more than its type.</param>
    public JsonNode? ValueOf(JsonElement schema, JsonElement document, string name, FuzzedCaller currentUser, int depth = 0)
    {
        if (schema.TryGetProperty("$ref", out var reference))
        {
            return ValueOf(new ResponseSchema(document).Resolve(reference.GetString()!), document, name, currentUser, depth);
        }

        if (schema.TryGetProperty("oneOf", out var choices) || schema.TryGetProperty("anyOf", out choices))
        {
            return ValueOf(dice.OneOf([.. choices.EnumerateArray()]), document, name, currentUser, depth);
        }

        if (schema.TryGetProperty("enum", out var words))
        {
            return JsonNode.Parse(dice.OneOf([.. words.EnumerateArray()]).GetRawText());
        }

        return TypeOf(schema) switch
        {
            "null" => null,
            "boolean" => dice.Chance(50),
            "integer" or "number" => dice.Below(1_000),
            "array" => new JsonArray([
                .. Enumerable
                    .Range(0, 1 + dice.Below(3))
                    .Select(_ => ValueOf(schema.GetProperty("items"), document, name, currentUser, depth + 1)),
            ]),
            "object" => ObjectOf(schema, document, currentUser, depth),
            _ => TextOf(name, currentUser, schema.TryGetProperty("format", out var format) ? format.GetString() : null),
        };
    }

    /// <summary>Generates a text that the field of this name accepts.</summary>
    public string TextOf(string name, FuzzedCaller currentUser, string? format = null) =>
        name switch
        {
            _ when (currentUser.Home ?? currentUser.Other).Values.TryGetValue(name, out var known) && dice.Chance(80) => dice.OneOf(known),
            _ when format is "uuid" || name.EndsWith("_id", StringComparison.Ordinal) => dice.NewId().ToString(),
            _ when format is "date-time"
                    || name.StartsWith("created", StringComparison.Ordinal)
                    || name.EndsWith("_at", StringComparison.Ordinal) => new DateTime(
                2020 + dice.Below(10),
                1 + dice.Below(12),
                1 + dice.Below(28),
                0,
                0,
                0,
                DateTimeKind.Utc
            ).ToString("O", CultureInfo.InvariantCulture),
            "email" => $"fuzzed-{dice.NewId():N}@example.com",
            "password" or "new_password" or "current_password" => dice.Chance(60) ? TestUser.Password : "Another7Engine",
            "role" => dice.OneOf((string[])["viewer", "user", "admin"]),
            "auth_method" => dice.OneOf((string[])["both", "sso"]),
            "code" => dice.Below(1_000_000).ToString("D6", CultureInfo.InvariantCulture),
            "domain" => $"fuzzed-{dice.Below(1_000)}.example",
            "mime_type" => "application/pdf",
            "page" or "per_page" or "min_age_hours" => (1 + dice.Below(50)).ToString(CultureInfo.InvariantCulture),
            "expires_in" => (60 + dice.Below(1_000)).ToString(CultureInfo.InvariantCulture),
            "sort" => dice.OneOf((string[])["created_at", "-filename", "nothing"]),
            "period" => dice.OneOf((string[])["day", "year", "nothing"]),
            "day" => "2026-01-31",
            "redirect" or "force" or "include_stats" or "include_deleted" or "only_enabled" or "is_active" => dice.OneOf(
                (string[])["true", "false"]
            ),
            "filename" => $"{currentUser.Marker}-{dice.Below(100)}.pdf",
            _ => $"{currentUser.Marker} {dice.Roll(Gen.String[Gen.Char.AlphaNumeric, 0, 12])}",
        };

    /// <summary>Returns the same body with one fault in it.</summary>
    public byte[] Break(JsonNode? body)
    {
        if (body is not JsonObject { Count: > 0 } fields)
        {
            return Encoding.UTF8.GetBytes(dice.OneOf(Hostile));
        }

        var broken = (JsonObject)fields.DeepClone();
        var name = dice.OneOf([.. broken.Select(field => field.Key)]);
        const string Placeholder = "\u0001placeholder";
        var value = dice.Below(5) switch
        {
            0 => $"\"{new string('x', 5_000)}\"",
            1 => $"{new string('[', Deep)}{new string(']', Deep)}",
            _ => dice.OneOf(Hostile),
        };
        switch (dice.Below(6))
        {
            case 0:
                broken.Remove(name);
                break;
            case 1:
                broken[$"unknown_{dice.Below(10)}"] = 1;
                break;
            default:
                broken[name] = Placeholder; // a value that JsonNode would not write is inserted as text
                break;
        }

        return Encoding.UTF8.GetBytes(broken.ToJsonString().Replace("\"\\u0001placeholder\"", value, StringComparison.Ordinal));
    }

    private JsonObject ObjectOf(JsonElement schema, JsonElement document, FuzzedCaller currentUser, int depth)
    {
        var made = new JsonObject();
        var required = schema.TryGetProperty("required", out var names)
            ? names.EnumerateArray().Select(one => one.GetString()).ToList()
            : [];
        if (schema.TryGetProperty("properties", out var properties) && depth < 5)
        {
            foreach (
                var property in properties.EnumerateObject().Where(property => required.Contains(property.Name) || dice.Chance(60)).ToList()
            )
            {
                made[property.Name] = ValueOf(property.Value, document, property.Name, currentUser, depth + 1);
            }
        }
        else if (schema.TryGetProperty("additionalProperties", out var values))
        {
            made[$"{currentUser.Marker}-{dice.Below(5)}"] =
                values.ValueKind is JsonValueKind.Object ? ValueOf(values, document, "value", currentUser, depth + 1) : dice.Below(10);
        }

        return made;
    }

    private string TypeOf(JsonElement schema) =>
        !schema.TryGetProperty("type", out var type) ? "string"
        : type.ValueKind is JsonValueKind.Array ? dice.OneOf([.. type.EnumerateArray().Select(one => one.GetString()!)])
        : type.GetString()!;
}
