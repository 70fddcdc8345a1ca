using System.Net;
using System.Text.Json.Nodes;

namespace SaaS.Infrastructure.Vault;

/// <summary>The calls of the key/value engine, version 2: secrets of named fields, which Vault keeps in versions.</summary>
internal sealed class VaultSecrets(VaultClient vault, string mount)
{
    /// <param name="version">None is the newest.</param>
    /// <returns>Null when there is none, or that version was deleted.</returns>
    public async Task<VaultSecret?> FindAsync(string path, CancellationToken ct, int? version = null) =>
        await vault.FindAsync<VaultSecretData>($"{mount}/data/{path}{(version is { } wanted ? $"?version={wanted}" : "")}", ct) is { Data: { } fields } found
            ? new VaultSecret(found.Metadata.Version, fields.ToDictionary(field => field.Key, field => field.Value.ToString()))
            : null;

    /// <returns>The number of the newest version, deleted or not; 0 when there never was one.</returns>
    public async Task<int> NewestVersionAsync(string path, CancellationToken ct) =>
        (await vault.FindAsync<VaultSecretVersions>($"{mount}/metadata/{path}", ct))?.CurrentVersion ?? 0;

    /// <param name="after">The version that is the newest; 0 for a secret that is not there yet.</param>
    /// <returns>The version that was written; null when another one has become the newest meanwhile, which may be this one, if its answer got lost.</returns>
    public async Task<int?> TryWriteAsync(string path, IReadOnlyDictionary<string, string> fields, int after, CancellationToken ct)
    {
        var data = new JsonObject(fields.Select(field => KeyValuePair.Create(field.Key, (JsonNode?)field.Value)));
        try
        {
            return (await vault.PostAsync<VaultVersion>($"{mount}/data/{path}", new() { ["data"] = data, ["options"] = new JsonObject { ["cas"] = after } }, ct)).Version;
        }
        catch (VaultException e) when (e.Status is HttpStatusCode.BadRequest && e.Errors.Any(error => error.StartsWith("check-and-set", StringComparison.Ordinal)))
        {
            return null;
        }
    }
}

/// <summary>One version of a secret. Not a record: one would print it.</summary>
internal sealed class VaultSecret(int version, IReadOnlyDictionary<string, string> fields)
{
    public int Version => version;

    public IReadOnlyDictionary<string, string> Fields => fields;
}
