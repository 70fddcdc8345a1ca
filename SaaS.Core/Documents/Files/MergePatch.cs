using System.Text.Json;
using System.Text.Json.Nodes;

namespace SaaS.Core.Documents.Files;

/// <summary>JSON merge patches as RFC 7396 (section 2) defines them.</summary>
internal static class MergePatch
{
    /// <param name="target">An object.</param>
    /// <param name="patch">The members of the patch, which is an object as well.</param>
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
                // Also where nothing is there yet: the nulls of a patch are never part of what it makes.
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
