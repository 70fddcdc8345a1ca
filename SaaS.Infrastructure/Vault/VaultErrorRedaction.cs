using System.Text.Json;
using System.Text.Json.Nodes;

namespace SaaS.Infrastructure.Vault;

/// <summary>Keeps request data out of error messages, because Vault or a proxy may repeat a request in its error.</summary>
internal static class VaultErrorRedaction
{
    /// <summary>Shorter texts are names and flags.</summary>
    private const int ShortestSecret = 8;

    /// <summary>Lists the texts of a request that may be secret.</summary>
    public static IReadOnlyList<string> SecretsOf(JsonNode? body, string? token) =>
        [.. TextsOf(body).Append(token).OfType<string>().Where(text => text.Length >= ShortestSecret)];

    /// <summary>Withholds errors that repeat a secret.</summary>
    public static IReadOnlyList<string> WithholdSecrets(IReadOnlyList<string> secrets, IReadOnlyList<string> errors) =>
        [
            .. errors.Select(error =>
                secrets.Any(secret => error.Contains(secret, StringComparison.Ordinal)) ? "(withheld: it repeats the request)" : error
            ),
        ];

    private static IEnumerable<string?> TextsOf(JsonNode? node) =>
        node switch
        {
            JsonObject members => members.SelectMany(member => TextsOf(member.Value)),
            JsonArray items => items.SelectMany(TextsOf),
            JsonValue value when value.GetValueKind() is JsonValueKind.String => [value.GetValue<string>()],
            _ => [],
        };
}
