using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;

namespace SaaS.Infrastructure.Encryption;

/// <summary>
/// Encrypts in this process with AES-256-GCM, with random keys that are stored wrapped with the master key. The value is <c>ring:vN:</c>
/// and the base64 of nonce, tag and ciphertext; the keys of <c>ring:v1:</c> were derived from the master key instead of stored, so
/// re-encryption moves such values to a key that can be destroyed.
/// </summary>
/// <param name="master">Wraps every new key.</param>
/// <param name="retired">Previous master keys, which unwrap the keys that they wrapped.</param>
internal sealed class KeyRingCipher(MasterKey master, IReadOnlyList<MasterKey> retired, CipherKeyStore store, TimeProvider clock) : Cipher
{
    /// <summary>The version of the first stored key.</summary>
    public const int FirstStoredVersion = 2;

    private const int Derived = 1;
    private const int Capacity = 10_000;

    /// <summary>
    /// The lifetime of cached keys. For this long another process may decrypt with a destroyed key, or encrypt with the previous version.
    /// </summary>
    private static readonly TimeSpan CacheLifetime = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<(Guid TenantId, string Purpose), KeyRing> _rings = [];

    public override string ProviderPrefix => "ring";

    public override async Task<IReadOnlyList<string>> EncryptAsync(
        IReadOnlyList<string> plaintexts,
        Guid tenantId,
        string purpose,
        CancellationToken ct
    )
    {
        var ring = await GetKeyRingAsync(tenantId, purpose, ct);
        if (ring.Newest is null)
        {
            ring = await AddAsync(FirstStoredVersion, tenantId, purpose, ct);
        }

        var version = ring.Newest!.Value;
        return
        [
            .. plaintexts.Select(text =>
                $"ring:v{version}:{Convert.ToBase64String(AesBox.Encrypt(ring.Key(version), Encoding.UTF8.GetBytes(text), Context(tenantId, purpose, version)))}"
            ),
        ];
    }

    public override async Task<IReadOnlyList<string>> DecryptAsync(
        IReadOnlyList<string> ciphertexts,
        Guid tenantId,
        string purpose,
        CancellationToken ct
    )
    {
        var ring = await GetKeyRingAsync(tenantId, purpose, ct);
        if (ciphertexts.Any(text => VersionOf(text) is > Derived and var version && !ring.Has(version)))
        {
            ring = await ReadAsync(tenantId, purpose, ct); // another process has rotated the key
        }

        return [.. ciphertexts.Select(text => Encoding.UTF8.GetString(Decrypt(text, ring, tenantId, purpose)))];
    }

    public override async Task<IReadOnlyList<string>> ReencryptAsync(
        IReadOnlyList<string> ciphertexts,
        Guid tenantId,
        string purpose,
        CancellationToken ct
    )
    {
        var plaintexts = await DecryptAsync(ciphertexts, tenantId, purpose, ct);
        await ReadAsync(tenantId, purpose, ct); // the newest stored version, not the newest cached one
        return await EncryptAsync(plaintexts, tenantId, purpose, ct);
    }

    public override async Task<CipherKey?> FindKeyAsync(Guid tenantId, string purpose, CancellationToken ct) =>
        (await ReadAsync(tenantId, purpose, ct)).Describe();

    public override async Task<CipherKey> RotateAsync(Guid tenantId, string purpose, CancellationToken ct)
    {
        var before = await ReadAsync(tenantId, purpose, ct);
        return (await AddAsync((before.Newest ?? Derived) + 1, tenantId, purpose, ct)).Describe()!;
    }

    public override async Task RetireBeforeAsync(int version, Guid tenantId, string purpose, CancellationToken ct)
    {
        var ring = await ReadAsync(tenantId, purpose, ct);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(version, ring.Newest ?? Derived);
        await store.RemoveBeforeAsync(version, tenantId, purpose, ct);
        await ReadAsync(tenantId, purpose, ct);
    }

    public override async Task DestroyAsync(Guid tenantId, CancellationToken ct)
    {
        await store.RemoveAllAsync(tenantId, ct);
        foreach (var ring in _rings.Keys.Where(ring => ring.TenantId == tenantId))
        {
            _rings.TryRemove(ring, out _);
        }
    }

    private byte[] Decrypt(string ciphertext, KeyRing ring, Guid tenantId, string purpose)
    {
        var version = VersionOf(ciphertext);
        if (!IsOwn(ciphertext))
        {
            throw new CryptographicException("The value was not encrypted with the key ring.");
        }

        var box = new byte[ciphertext.Length];
        if (!Convert.TryFromBase64Chars(ciphertext.AsSpan(ciphertext.LastIndexOf(':') + 1), box, out var length))
        {
            throw new CryptographicException("The value is not valid base64.");
        }

        return version is Derived
            ? DecryptDerived(box[..length], ring, tenantId, purpose)
            : AesBox.Decrypt(ring.Key(version), box[..length], Context(tenantId, purpose, version));
    }

    private byte[] DecryptDerived(byte[] box, KeyRing ring, Guid tenantId, string purpose)
    {
        if (!ring.CanDecryptDerived)
        {
            throw new CryptographicException("Keys that are derived from the master key are retired.");
        }

        var context = Encoding.UTF8.GetBytes($"saas/{tenantId}/{purpose}");
        foreach (var candidate in retired)
        {
            try
            {
                return AesBox.Decrypt(candidate.Derive(context), box, context);
            }
            catch (AuthenticationTagMismatchException)
            {
                // A derived-key value does not name its master key, so each one is tried
            }
        }

        return AesBox.Decrypt(master.Derive(context), box, context);
    }

    private async Task<KeyRing> GetKeyRingAsync(Guid tenantId, string purpose, CancellationToken ct) =>
        _rings.TryGetValue((tenantId, ValidatePurpose(purpose)), out var ring) && clock.GetElapsedTime(ring.ReadAt) < CacheLifetime
            ? ring
            : await ReadAsync(tenantId, purpose, ct);

    private async Task<KeyRing> ReadAsync(Guid tenantId, string purpose, CancellationToken ct)
    {
        var readAt = clock.GetTimestamp();
        var kept = await store.ReadAsync(tenantId, ValidatePurpose(purpose), ct);
        var newest = kept.MaxBy(key => key.Version);
        var keys = kept.ToDictionary(
            key => key.Version,
            key => GetMasterKey(key).Unwrap(key.Wrapped, Context(tenantId, purpose, key.Version))
        );
        var ring = new KeyRing(keys, newest, newest is not null && newest.MasterKey != master.Fingerprint, readAt);

        if (_rings.Count >= Capacity)
        {
            _rings.Clear();
        }

        return _rings[(tenantId, purpose)] = ring;
    }

    // When two processes add the same version at once, one key is stored, and both use it.
    private async Task<KeyRing> AddAsync(int version, Guid tenantId, string purpose, CancellationToken ct)
    {
        var wrapped = master.Wrap(RandomNumberGenerator.GetBytes(AesBox.KeyLength), Context(tenantId, purpose, version));
        await store.AddAsync(tenantId, purpose, new WrappedKey(version, master.Fingerprint, wrapped, clock.GetUtcNow()), ct);
        return await ReadAsync(tenantId, purpose, ct);
    }

    private MasterKey GetMasterKey(WrappedKey key) =>
        retired.Prepend(master).FirstOrDefault(candidate => candidate.Fingerprint == key.MasterKey)
        ?? throw new CryptographicException(
            $"The key was wrapped with the master key {key.MasterKey}, which is not configured: see Encryption:RetiredMasterKeys."
        );

    private static byte[] Context(Guid tenantId, string purpose, int version) =>
        Encoding.UTF8.GetBytes($"saas/{tenantId}/{purpose}/v{version}");
}
