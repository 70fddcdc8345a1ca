using System.Text.Json;
using System.Text.Json.Nodes;

namespace SaaS.Infrastructure.Vault;

/// <summary>Keeps what was sent to Vault out of what is said about it: whatever stands between us and Vault may repeat a request in its error.</summary>
internal static class VaultSecrecy
{
    /// <summary>Shorter texts are names and flags.</summary>
    private const int ShortestSecret = 8;

    /// <summary>Every text of a request that could be one.</summary>
    public static IReadOnlyList<string> SecretsOf(JsonNode? body, string? token) =>
        [.. TextsOf(body).Append(token).OfType<string>().Where(text => text.Length >= ShortestSecret)];

    /// <summary>An error that repeats a secret is left out whole.</summary>
    public static IReadOnlyList<string> Without(IReadOnlyList<string> secrets, IReadOnlyList<string> errors) =>
        [.. errors.Select(error => secrets.Any(secret => error.Contains(secret, StringComparison.Ordinal)) ? "(withheld: it repeats what was sent)" : error)];

    private static IEnumerable<string?> TextsOf(JsonNode? node) => node switch
    {
        JsonObject members => members.SelectMany(member => TextsOf(member.Value)),
        JsonArray items => items.SelectMany(TextsOf),
        JsonValue value when value.GetValueKind() is JsonValueKind.String => [value.GetValue<string>()],
        _ => [],
    };
}
