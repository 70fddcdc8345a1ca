using System.Collections;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore.ChangeTracking;
using SaaS.Core.Http;

namespace SaaS.Core.Auditing;

/// <summary>
/// What an entry says beside actor, action and subject. Fields are named one by one, never copied from an object as a whole,
/// so that no secret comes in by accident; a secret that was replaced is named without a value.
/// </summary>
internal sealed class AuditDetails
{
    private const int TextMaxLength = 1_000;

    private readonly JsonObject _fields = [];

    /// <summary>Says that actor, action and subject are all there is.</summary>
    public static AuditDetails None => new();

    public static AuditDetails Of(string field, object? value) => new AuditDetails().With(field, value);

    /// <summary>Adds a value.</summary>
    public AuditDetails With(string field, object? value)
    {
        _fields[field] = NodeOf(value);
        return this;
    }

    /// <summary>Adds a value that was changed; one that stayed the same is left out.</summary>
    public AuditDetails Changed(string field, object? from, object? to)
    {
        var (before, after) = (NodeOf(from), NodeOf(to));
        if (!JsonNode.DeepEquals(before, after))
        {
            _fields[field] = new JsonObject { ["from"] = before, ["to"] = after };
        }

        return this;
    }

    /// <summary>Adds those of an entity's properties that were changed and are not saved yet.</summary>
    public AuditDetails Changed(EntityEntry entry, params ReadOnlySpan<string> properties)
    {
        foreach (var name in properties)
        {
            var property = entry.Property(name);
            Changed(JsonNamingPolicy.SnakeCaseLower.ConvertName(name), property.OriginalValue, property.CurrentValue);
        }

        return this;
    }

    /// <summary>Names a secret that was replaced.</summary>
    /// <param name="isReplaced">Nothing is said of one that stayed.</param>
    public AuditDetails Replaced(string secret, bool isReplaced = true) => isReplaced ? With(secret, "replaced") : this;

    public JsonElement? ToJson() => _fields.Count == 0 ? null : JsonSerializer.SerializeToElement(_fields);

    private static JsonNode? NodeOf(object? value) => value switch
    {
        null => null,
        string text => JsonValue.Create(Storable(text)),
        bool flag => JsonValue.Create(flag),
        int number => JsonValue.Create(number),
        long number => JsonValue.Create(number),
        Enum word => JsonValue.Create(JsonNamingPolicy.SnakeCaseLower.ConvertName(word.ToString())),
        DateTimeOffset time => JsonValue.Create(Rfc3339.Write(time)),
        Guid id => JsonValue.Create(id.ToString()),
        IDictionary pairs => new JsonObject(pairs.Keys.Cast<object>().Select(key => KeyValuePair.Create(Storable(key.ToString()!), NodeOf(pairs[key])))),
        IEnumerable items => new JsonArray([.. items.Cast<object?>().Select(NodeOf)]),
        _ => throw new ArgumentException($"A {value.GetType().Name} has no form in the audit.", nameof(value)),
    };

    // PostgreSQL holds neither NUL nor half of a surrogate pair.
    private static string Storable(string text)
    {
        var cut = text.Length <= TextMaxLength ? text : text[..TextMaxLength];
        return string.Concat(cut.EnumerateRunes().Where(rune => rune.Value != 0));
    }
}
