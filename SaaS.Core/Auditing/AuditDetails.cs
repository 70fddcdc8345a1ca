using System.Collections;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore.ChangeTracking;
using SaaS.Core.Http;

namespace SaaS.Core.Auditing;

/// <summary>
/// The details of an audit entry. Fields are added one by one and never copied from an object, so that no secret gets in by accident;
/// a replaced secret is recorded without its value.
/// </summary>
internal sealed class AuditDetails
{
    private const int TextMaxLength = 1_000;

    private readonly JsonObject _fields = [];

    /// <summary>Details without fields.</summary>
    public static AuditDetails Empty => new();

    public static AuditDetails Create(string field, object? value) => new AuditDetails().With(field, value);

    /// <summary>Adds a value.</summary>
    public AuditDetails With(string field, object? value)
    {
        _fields[field] = NodeOf(value);
        return this;
    }

    /// <summary>Adds the old and the new value if they differ.</summary>
    public AuditDetails WithChange(string field, object? from, object? to)
    {
        var (before, after) = (NodeOf(from), NodeOf(to));
        if (!JsonNode.DeepEquals(before, after))
        {
            _fields[field] = new JsonObject { ["from"] = before, ["to"] = after };
        }

        return this;
    }

    /// <summary>Adds the changed, unsaved properties of an entity.</summary>
    public AuditDetails WithChange(EntityEntry entry, params ReadOnlySpan<string> properties)
    {
        foreach (var name in properties)
        {
            var property = entry.Property(name);
            WithChange(JsonNamingPolicy.SnakeCaseLower.ConvertName(name), property.OriginalValue, property.CurrentValue);
        }

        return this;
    }

    /// <summary>Records that a secret was replaced, without its value.</summary>
    /// <param name="isReplaced">False adds nothing.</param>
    public AuditDetails WithReplaced(string secret, bool isReplaced = true) => isReplaced ? With(secret, "replaced") : this;

    public JsonElement? ToJson() => _fields.Count == 0 ? null : JsonSerializer.SerializeToElement(_fields);

    private static JsonNode? NodeOf(object? value) =>
        value switch
        {
            null => null,
            string text => JsonValue.Create(Storable(text)),
            bool flag => JsonValue.Create(flag),
            int number => JsonValue.Create(number),
            long number => JsonValue.Create(number),
            Enum word => JsonValue.Create(JsonNamingPolicy.SnakeCaseLower.ConvertName(word.ToString())),
            DateTimeOffset time => JsonValue.Create(Rfc3339.Format(time)),
            Guid id => JsonValue.Create(id.ToString()),
            IDictionary pairs => new JsonObject(
                pairs.Keys.Cast<object>().Select(key => KeyValuePair.Create(Storable(key.ToString()!), NodeOf(pairs[key])))
            ),
            IEnumerable items => new JsonArray([.. items.Cast<object?>().Select(NodeOf)]),
            _ => throw new ArgumentException($"Values of type {value.GetType().Name} are not supported in audit details.", nameof(value)),
        };

    // PostgreSQL accepts neither NUL characters nor unpaired surrogates.
    private static string Storable(string text)
    {
        var cut = text.Length <= TextMaxLength ? text : text[..TextMaxLength];
        return string.Concat(cut.EnumerateRunes().Where(rune => rune.Value != 0));
    }
}
