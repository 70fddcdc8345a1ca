using System.Text.Json;
using System.Text.Json.Nodes;

namespace SaaS.Core.Documents.Files;

/// <summary>Applies JSON merge patches (RFC 7396, section 2).</summary>
internal static class MergePatch
{
    /// <param name="target">A JSON object.</param>
    /// <param name="patch">The members of the patch object.</param>
    public static JsonElement Apply(JsonElement target, IReadOnlyDictionary<string, JsonElement> patch)
    {
        var merged = JsonObject.Create(target)!;
        Merge(merged, patch.Select(member => (member.Key, member.Value)));
        return JsonSerializer.SerializeToElement(merged);
    }

    private static void Merge(JsonObject target, IEnumerable<(string Name, JsonElement Value)> patch)
    {
        foreach (var (name, value) in patch)
        {
            if (value.ValueKind is JsonValueKind.Null)
            {
                target.Remove(name);
            }
            else if (value.ValueKind is JsonValueKind.Object)
            {
                // Merges into an empty object as well, so that nulls of the patch never become values.
                if (target[name] is not JsonObject inner)
                {
                    target[name] = inner = [];
                }

                Merge(inner, value.EnumerateObject().Select(member => (member.Name, member.Value)));
            }
            else
            {
                target[name] = JsonNode.Parse(value.GetRawText());
            }
        }
    }
}
