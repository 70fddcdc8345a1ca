using System.Net;
using System.Text.Json.Nodes;

namespace SaaS.Infrastructure.Vault;

/// <summary>Vault's transit engine, whose keys never leave Vault. Plaintexts are base64.</summary>
internal sealed class VaultTransit(VaultClient vault, string mount)
{
    /// <summary>Creates the key, if it does not exist.</summary>
    public Task CreateKeyAsync(string name, CancellationToken ct) =>
        vault.PostAsync($"{mount}/keys/{name}", new() { ["type"] = "aes256-gcm96" }, ct);

    /// <returns>Null when the key does not exist.</returns>
    public Task<VaultTransitKey?> FindKeyAsync(string name, CancellationToken ct) =>
        vault.FindAsync<VaultTransitKey>($"{mount}/keys/{name}", ct);

    public async Task<IReadOnlyList<string>> ListKeysAsync(CancellationToken ct) =>
        (await vault.FindAsync<VaultNames>($"{mount}/keys?list=true", ct))?.Keys ?? [];

    public Task RotateKeyAsync(string name, CancellationToken ct) => vault.PostAsync($"{mount}/keys/{name}/rotate", [], ct);

    public Task RaiseMinimumAsync(string name, int version, CancellationToken ct) =>
        vault.PostAsync($"{mount}/keys/{name}/config", new() { ["min_decryption_version"] = version }, ct);

    /// <summary>Deletes the key permanently; Vault keeps no copy.</summary>
    public async Task DeleteKeyAsync(string name, CancellationToken ct)
    {
        await vault.PostAsync($"{mount}/keys/{name}/config", new() { ["deletion_allowed"] = true }, ct);
        await vault.DeleteAsync($"{mount}/keys/{name}", ct);
    }

    public Task<IReadOnlyList<string>> EncryptAsync(string key, IReadOnlyList<string> plaintexts, CancellationToken ct) =>
        ConvertAsync($"{mount}/encrypt/{key}", "plaintext", plaintexts, text => text.Ciphertext, ct);

    public Task<IReadOnlyList<string>> DecryptAsync(string key, IReadOnlyList<string> ciphertexts, CancellationToken ct) =>
        ConvertAsync($"{mount}/decrypt/{key}", "ciphertext", ciphertexts, text => text.Plaintext, ct);

    /// <summary>Re-encrypts with the newest version, without the plaintext leaving Vault.</summary>
    public Task<IReadOnlyList<string>> ReencryptAsync(string key, IReadOnlyList<string> ciphertexts, CancellationToken ct) =>
        ConvertAsync($"{mount}/rewrap/{key}", "ciphertext", ciphertexts, text => text.Ciphertext, ct);

    private async Task<IReadOnlyList<string>> ConvertAsync(
        string path,
        string input,
        IReadOnlyList<string> texts,
        Func<VaultText, string?> output,
        CancellationToken ct
    )
    {
        switch (texts)
        {
            case []:
                return [];
            case [var one]:
                return [OutputOf(await vault.PostAsync<VaultText>(path, new() { [input] = one }, ct))];
            default:
                var batch = new JsonArray([.. texts.Select(text => new JsonObject { [input] = text })]);
                var results = (await vault.PostAsync<VaultTexts>(path, new() { ["batch_input"] = batch }, ct)).BatchResults ?? [];
                return results.Count == texts.Count
                    ? [.. results.Select(OutputOf)]
                    : throw Refused("the response does not have a result for every text");
        }

        // An empty plaintext may be omitted. Older versions answer 200 to a batch with failures.
        string OutputOf(VaultText text) =>
            string.IsNullOrEmpty(text.Error)
                ? output(text) ?? ""
                : throw Refused(VaultErrorRedaction.WithholdSecrets(texts, [text.Error])[0]);

        VaultException Refused(string why) => new($"Vault rejected POST {path}: {why}.", HttpStatusCode.BadRequest, [why]);
    }
}
