using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using SaaS.Infrastructure.Vault;

namespace SaaS.Infrastructure.Encryption;

/// <summary>Seals in Vault's transit engine: the keys are Vault's, and never here. A key is called <c>tenant-{tenantId}-{purpose}</c>.</summary>
internal sealed class TransitCipher(VaultTransit transit) : Cipher
{
    private const int Capacity = 100_000;

    // Keys that are known to be there. A policy may forbid that encrypting makes one, and what that answers depends on it: so they are made by name.
    private readonly ConcurrentDictionary<string, bool> _made = [];

    public override string Sealer => "vault";

    public override async Task<IReadOnlyList<string>> EncryptAsync(IReadOnlyList<string> plaintexts, Guid tenantId, string purpose, CancellationToken ct)
    {
        var key = NameOf(tenantId, purpose);
        await EnsureAsync(key, ct);
        return await transit.EncryptAsync(key, [.. plaintexts.Select(text => Convert.ToBase64String(Encoding.UTF8.GetBytes(text)))], ct);
    }

    public override async Task<IReadOnlyList<string>> DecryptAsync(IReadOnlyList<string> sealedTexts, Guid tenantId, string purpose, CancellationToken ct)
    {
        var plaintexts = await OpenAsync(sealedTexts, () => transit.DecryptAsync(NameOf(tenantId, purpose), sealedTexts, ct));
        return [.. plaintexts.Select(text => Encoding.UTF8.GetString(Convert.FromBase64String(text)))];
    }

    public override Task<IReadOnlyList<string>> ReencryptAsync(IReadOnlyList<string> sealedTexts, Guid tenantId, string purpose, CancellationToken ct) =>
        OpenAsync(sealedTexts, () => transit.ReencryptAsync(NameOf(tenantId, purpose), sealedTexts, ct));

    public override async Task<CipherKey?> FindKeyAsync(Guid tenantId, string purpose, CancellationToken ct) =>
        await transit.FindKeyAsync(NameOf(tenantId, purpose), ct) is { } key
            ? new CipherKey(key.Keys.Keys.Max(), DateTimeOffset.FromUnixTimeSeconds(key.Keys[key.Keys.Keys.Max()]))
            : null;

    public override async Task<CipherKey> RotateAsync(Guid tenantId, string purpose, CancellationToken ct)
    {
        var key = NameOf(tenantId, purpose);
        await EnsureAsync(key, ct);
        await transit.RotateKeyAsync(key, ct);
        return await FindKeyAsync(tenantId, purpose, ct) ?? throw new CryptographicException("The key was destroyed meanwhile.");
    }

    public override Task RetireBeforeAsync(int version, Guid tenantId, string purpose, CancellationToken ct) =>
        transit.RaiseMinimumAsync(NameOf(tenantId, purpose), version, ct);

    public override async Task DestroyAsync(Guid tenantId, CancellationToken ct)
    {
        // By what Vault has, not by what this build seals: an older build may have had other purposes.
        foreach (var key in (await transit.ListKeysAsync(ct)).Where(name => name.StartsWith(PrefixOf(tenantId), StringComparison.Ordinal)))
        {
            await transit.DeleteKeyAsync(key, ct);
            _made.TryRemove(key, out _);
        }
    }

    private async Task EnsureAsync(string key, CancellationToken ct)
    {
        if (_made.ContainsKey(key))
        {
            return;
        }

        await transit.CreateKeyAsync(key, ct);
        if (_made.Count >= Capacity)
        {
            _made.Clear();
        }

        _made[key] = true;
    }

    // To Vault a value that it cannot open is a bad request, and so is a key that is not there.
    private static async Task<IReadOnlyList<string>> OpenAsync(IReadOnlyList<string> sealedTexts, Func<Task<IReadOnlyList<string>>> open)
    {
        if (sealedTexts.Any(text => !text.StartsWith("vault:", StringComparison.Ordinal)))
        {
            throw new CryptographicException("The value was not sealed by Vault.");
        }

        try
        {
            return await open();
        }
        catch (VaultException e) when (e is not VaultUnavailableException && e.Status is HttpStatusCode.BadRequest or HttpStatusCode.NotFound)
        {
            throw new CryptographicException("Vault cannot open the value.", e);
        }
    }

    private static string PrefixOf(Guid tenantId) => $"tenant-{tenantId}-";

    private static string NameOf(Guid tenantId, string purpose) => PrefixOf(tenantId) + Checked(purpose);
}
