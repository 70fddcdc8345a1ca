using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;

namespace SaaS.Infrastructure.Encryption;

/// <summary>
/// Seals in this process, with AES-256-GCM. Each version of a key is random, and kept wrapped with the master key; the value
/// is <c>ring:vN:</c> and the base64 of nonce, tag and ciphertext. <c>ring:v1:</c> is of a time when keys were derived from the
/// master key and not kept: such values open, and rewrapping moves them to a key that can be destroyed.
/// </summary>
/// <param name="master">Wraps every new key.</param>
/// <param name="retired">What was the master key before: opens what it has wrapped.</param>
internal sealed class KeyRingCipher(MasterKey master, IReadOnlyList<MasterKey> retired, CipherKeyStore store, TimeProvider clock) : Cipher
{
    /// <summary>The version of the first key that is kept.</summary>
    public const int FirstKept = 2;

    private const int Derived = 1;
    private const int Capacity = 10_000;

    /// <summary>How long a destroyed key may open values in another process, and how long that one seals with the version before the newest.</summary>
    private static readonly TimeSpan Remembered = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<(Guid TenantId, string Purpose), KeyRing> _rings = [];

    public override string Sealer => "ring";

    public override async Task<IReadOnlyList<string>> EncryptAsync(IReadOnlyList<string> plaintexts, Guid tenantId, string purpose, CancellationToken ct)
    {
        var ring = await RingAsync(tenantId, purpose, ct);
        if (ring.Newest is null)
        {
            ring = await AddAsync(FirstKept, tenantId, purpose, ct);
        }

        var version = ring.Newest!.Value;
        return [.. plaintexts.Select(text => $"ring:v{version}:{Convert.ToBase64String(AesBox.Seal(ring.Key(version), Encoding.UTF8.GetBytes(text), Context(tenantId, purpose, version)))}")];
    }

    public override async Task<IReadOnlyList<string>> DecryptAsync(IReadOnlyList<string> sealedTexts, Guid tenantId, string purpose, CancellationToken ct)
    {
        var ring = await RingAsync(tenantId, purpose, ct);
        if (sealedTexts.Any(text => VersionOf(text) is > Derived and var version && !ring.Has(version)))
        {
            ring = await ReadAsync(tenantId, purpose, ct); // another process has rotated
        }

        return [.. sealedTexts.Select(text => Encoding.UTF8.GetString(Open(text, ring, tenantId, purpose)))];
    }

    public override async Task<IReadOnlyList<string>> ReencryptAsync(IReadOnlyList<string> sealedTexts, Guid tenantId, string purpose, CancellationToken ct)
    {
        var plaintexts = await DecryptAsync(sealedTexts, tenantId, purpose, ct);
        await ReadAsync(tenantId, purpose, ct); // the newest version there is, not the newest that is remembered
        return await EncryptAsync(plaintexts, tenantId, purpose, ct);
    }

    public override async Task<CipherKey?> FindKeyAsync(Guid tenantId, string purpose, CancellationToken ct) => (await ReadAsync(tenantId, purpose, ct)).Describe();

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

    private byte[] Open(string sealedText, KeyRing ring, Guid tenantId, string purpose)
    {
        var version = VersionOf(sealedText);
        if (!IsOwn(sealedText))
        {
            throw new CryptographicException("The value was not sealed by a key ring.");
        }

        var box = new byte[sealedText.Length];
        if (!Convert.TryFromBase64Chars(sealedText.AsSpan(sealedText.LastIndexOf(':') + 1), box, out var length))
        {
            throw new CryptographicException("The value is not one that a key ring has sealed.");
        }

        return version is Derived
            ? OpenDerived(box[..length], ring, tenantId, purpose)
            : AesBox.Open(ring.Key(version), box[..length], Context(tenantId, purpose, version));
    }

    private byte[] OpenDerived(byte[] box, KeyRing ring, Guid tenantId, string purpose)
    {
        if (!ring.OpensDerived)
        {
            throw new CryptographicException("Keys that are derived from the master key are retired here.");
        }

        var context = Encoding.UTF8.GetBytes($"saas/{tenantId}/{purpose}");
        foreach (var candidate in retired)
        {
            try
            {
                return AesBox.Open(candidate.Derive(context), box, context);
            }
            catch (AuthenticationTagMismatchException)
            {
                // the value does not tell its master key
            }
        }

        return AesBox.Open(master.Derive(context), box, context);
    }

    private async Task<KeyRing> RingAsync(Guid tenantId, string purpose, CancellationToken ct) =>
        _rings.TryGetValue((tenantId, Checked(purpose)), out var ring) && clock.GetElapsedTime(ring.ReadAt) < Remembered ? ring : await ReadAsync(tenantId, purpose, ct);

    private async Task<KeyRing> ReadAsync(Guid tenantId, string purpose, CancellationToken ct)
    {
        var readAt = clock.GetTimestamp();
        var kept = await store.ReadAsync(tenantId, Checked(purpose), ct);
        var newest = kept.MaxBy(key => key.Version);
        var keys = kept.ToDictionary(key => key.Version, key => MasterOf(key).Unwrap(key.Wrapped, Context(tenantId, purpose, key.Version)));
        var ring = new KeyRing(keys, newest, newest is not null && newest.MasterKey != master.Fingerprint, readAt);

        if (_rings.Count >= Capacity)
        {
            _rings.Clear();
        }

        return _rings[(tenantId, purpose)] = ring;
    }

    // Of two that add the same version at once one is kept, and is the other's too.
    private async Task<KeyRing> AddAsync(int version, Guid tenantId, string purpose, CancellationToken ct)
    {
        var wrapped = master.Wrap(RandomNumberGenerator.GetBytes(AesBox.KeyLength), Context(tenantId, purpose, version));
        await store.AddAsync(tenantId, purpose, new WrappedKey(version, master.Fingerprint, wrapped, clock.GetUtcNow()), ct);
        return await ReadAsync(tenantId, purpose, ct);
    }

    private MasterKey MasterOf(WrappedKey key) =>
        retired.Prepend(master).FirstOrDefault(candidate => candidate.Fingerprint == key.MasterKey)
        ?? throw new CryptographicException($"The key was wrapped with the master key {key.MasterKey}, which is not configured: see Encryption:RetiredMasterKeys.");

    private static byte[] Context(Guid tenantId, string purpose, int version) => Encoding.UTF8.GetBytes($"saas/{tenantId}/{purpose}/v{version}");
}
