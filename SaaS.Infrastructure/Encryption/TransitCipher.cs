using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using SaaS.Infrastructure.Vault;

namespace SaaS.Infrastructure.Encryption;

/// <summary>Encrypts with Vault's transit engine; the keys never leave Vault. A key is named <c>tenant-{tenantId}-{purpose}</c>.</summary>
internal sealed class TransitCipher(VaultTransit transit) : Cipher
{
    private const int Capacity = 100_000;

    // Keys that are known to exist. They are created explicitly, because a policy may forbid that encrypting creates a key.
    private readonly ConcurrentDictionary<string, bool> _made = [];

    public override string ProviderPrefix => "vault";

    public override async Task<IReadOnlyList<string>> EncryptAsync(
        IReadOnlyList<string> plaintexts,
        Guid tenantId,
        string purpose,
        CancellationToken ct
    )
    {
        var key = NameOf(tenantId, purpose);
        await EnsureAsync(key, ct);
        return await transit.EncryptAsync(key, [.. plaintexts.Select(text => Convert.ToBase64String(Encoding.UTF8.GetBytes(text)))], ct);
    }

    public override async Task<IReadOnlyList<string>> DecryptAsync(
        IReadOnlyList<string> ciphertexts,
        Guid tenantId,
        string purpose,
        CancellationToken ct
    )
    {
        var plaintexts = await MapErrorsAsync(ciphertexts, () => transit.DecryptAsync(NameOf(tenantId, purpose), ciphertexts, ct));
        return [.. plaintexts.Select(text => Encoding.UTF8.GetString(Convert.FromBase64String(text)))];
    }

    public override Task<IReadOnlyList<string>> ReencryptAsync(
        IReadOnlyList<string> ciphertexts,
        Guid tenantId,
        string purpose,
        CancellationToken ct
    ) => MapErrorsAsync(ciphertexts, () => transit.ReencryptAsync(NameOf(tenantId, purpose), ciphertexts, ct));

    public override async Task<CipherKey?> FindKeyAsync(Guid tenantId, string purpose, CancellationToken ct) =>
        await transit.FindKeyAsync(NameOf(tenantId, purpose), ct) is { } key
            ? new CipherKey(key.Keys.Keys.Max(), DateTimeOffset.FromUnixTimeSeconds(key.Keys[key.Keys.Keys.Max()]))
            : null;

    public override async Task<CipherKey> RotateAsync(Guid tenantId, string purpose, CancellationToken ct)
    {
        var key = NameOf(tenantId, purpose);
        await EnsureAsync(key, ct);
        await transit.RotateKeyAsync(key, ct);
        return await FindKeyAsync(tenantId, purpose, ct) ?? throw new CryptographicException("The key was destroyed during the rotation.");
    }

    public override Task RetireBeforeAsync(int version, Guid tenantId, string purpose, CancellationToken ct) =>
        transit.RaiseMinimumAsync(NameOf(tenantId, purpose), version, ct);

    public override async Task DestroyAsync(Guid tenantId, CancellationToken ct)
    {
        // Lists the keys in Vault instead of the purposes of this build, because an older build may have had other purposes.
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

    // Vault answers 400 for a value that it cannot decrypt, and also for a missing key.
    private static async Task<IReadOnlyList<string>> MapErrorsAsync(
        IReadOnlyList<string> ciphertexts,
        Func<Task<IReadOnlyList<string>>> open
    )
    {
        if (ciphertexts.Any(text => !text.StartsWith("vault:", StringComparison.Ordinal)))
        {
            throw new CryptographicException("The value was not encrypted with Vault.");
        }

        try
        {
            return await open();
        }
        catch (VaultException e)
            when (e is not VaultUnavailableException && e.Status is HttpStatusCode.BadRequest or HttpStatusCode.NotFound)
        {
            throw new CryptographicException("Vault cannot decrypt the value.", e);
        }
    }

    private static string PrefixOf(Guid tenantId) => $"tenant-{tenantId}-";

    private static string NameOf(Guid tenantId, string purpose) => PrefixOf(tenantId) + ValidatePurpose(purpose);
}
