using System.Net;
using System.Text.Json.Nodes;

namespace SaaS.Infrastructure.Vault;

/// <summary>The key/value engine, version 2: versioned secrets with named fields.</summary>
internal sealed class VaultSecrets(VaultClient vault, string mount)
{
    /// <param name="version">Null for the newest version.</param>
    /// <returns>Null when the secret or the version does not exist or was deleted.</returns>
    public async Task<VaultSecret?> FindAsync(string path, CancellationToken ct, int? version = null) =>
        await vault.FindAsync<VaultSecretData>($"{mount}/data/{path}{(version is { } wanted ? $"?version={wanted}" : "")}", ct)
            is { Data: { } fields } found
            ? new VaultSecret(found.Metadata.Version, fields.ToDictionary(field => field.Key, field => field.Value.ToString()))
            : null;

    /// <returns>The newest version, deleted or not; 0 when the secret does not exist.</returns>
    public async Task<int> NewestVersionAsync(string path, CancellationToken ct) =>
        (await vault.FindAsync<VaultSecretVersions>($"{mount}/metadata/{path}", ct))?.CurrentVersion ?? 0;

    /// <param name="after">The expected newest version; 0 for a new secret.</param>
    /// <returns>The new version; null when the secret has changed meanwhile, possibly by this request if its response was lost.</returns>
    public async Task<int?> TryWriteAsync(string path, IReadOnlyDictionary<string, string> fields, int after, CancellationToken ct)
    {
        var data = new JsonObject(fields.Select(field => KeyValuePair.Create(field.Key, (JsonNode?)field.Value)));
        try
        {
            return (
                await vault.PostAsync<VaultVersion>(
                    $"{mount}/data/{path}",
                    new()
                    {
                        ["data"] = data,
                        ["options"] = new JsonObject { ["cas"] = after },
                    },
                    ct
                )
            ).Version;
        }
        catch (VaultException e)
            when (e.Status is HttpStatusCode.BadRequest
                && e.Errors.Any(error => error.StartsWith("check-and-set", StringComparison.Ordinal))
            )
        {
            return null;
        }
    }
}

/// <summary>A version of a secret. Not a record, because its ToString would print the fields.</summary>
internal sealed class VaultSecret(int version, IReadOnlyDictionary<string, string> fields)
{
    public int Version => version;

    public IReadOnlyDictionary<string, string> Fields => fields;
}
