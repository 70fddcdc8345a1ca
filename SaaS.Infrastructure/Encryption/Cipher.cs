using System.Globalization;
using System.Security.Cryptography;
using System.Text.RegularExpressions;

namespace SaaS.Infrastructure.Encryption;

/// <summary>
/// Seals what must not be readable in a dump, under a key for each tenant and purpose. A value is bound to both: moved to
/// another row or another tenant it cannot be opened. It tells the version of its key: <c>ring:v2:…</c>, <c>vault:v1:…</c>.
/// What cannot be opened is a <see cref="CryptographicException"/>: it was changed, is somebody else's, or its key is gone.
/// </summary>
public abstract partial class Cipher
{
    /// <summary>How what it seals begins.</summary>
    public abstract string Sealer { get; }

    /// <summary>Seals under the newest version of the key, which is made if there is none.</summary>
    public async Task<string> EncryptAsync(string plaintext, Guid tenantId, string purpose, CancellationToken ct) =>
        (await EncryptAsync([plaintext], tenantId, purpose, ct))[0];

    /// <summary>Seals many at the price of little more than one; all or none.</summary>
    public abstract Task<IReadOnlyList<string>> EncryptAsync(IReadOnlyList<string> plaintexts, Guid tenantId, string purpose, CancellationToken ct);

    public async Task<string> DecryptAsync(string sealedText, Guid tenantId, string purpose, CancellationToken ct) =>
        (await DecryptAsync([sealedText], tenantId, purpose, ct))[0];

    /// <summary>Opens many at the price of little more than one; all or none.</summary>
    public abstract Task<IReadOnlyList<string>> DecryptAsync(IReadOnlyList<string> sealedTexts, Guid tenantId, string purpose, CancellationToken ct);

    /// <summary>Seals anew, under the newest version of the key, what any version has sealed that is not retired.</summary>
    public abstract Task<IReadOnlyList<string>> ReencryptAsync(IReadOnlyList<string> sealedTexts, Guid tenantId, string purpose, CancellationToken ct);

    /// <returns>The newest version of the key; null when nothing was sealed yet.</returns>
    public abstract Task<CipherKey?> FindKeyAsync(Guid tenantId, string purpose, CancellationToken ct);

    /// <summary>Makes a new version of the key, which seals from now on. What the versions before it have sealed still opens.</summary>
    public abstract Task<CipherKey> RotateAsync(Guid tenantId, string purpose, CancellationToken ct);

    /// <summary>
    /// From now on nothing opens any more that a version before this one has sealed. Whoever sealed a moment ago may not
    /// have stored it yet: leave the version before the newest.
    /// </summary>
    public abstract Task RetireBeforeAsync(int version, Guid tenantId, string purpose, CancellationToken ct);

    /// <summary>Destroys every key of a tenant, whatever its purpose: all that was ever sealed for it is unreadable, wherever it was copied to without its keys.</summary>
    public abstract Task DestroyAsync(Guid tenantId, CancellationToken ct);

    /// <summary>Whether this version of the key has sealed a value, and needs not to do it again.</summary>
    public bool HasEncrypted(string sealedText, CipherKey key) => IsOwn(sealedText) && VersionOf(sealedText) == key.Version;

    /// <summary>Whether a value was sealed by this cipher, and not by one before it.</summary>
    public bool IsOwn(string sealedText) => SealerOf(sealedText) == Sealer;

    /// <summary>The version of the key that a value names.</summary>
    public static int VersionOf(string sealedText) => int.Parse(PartsOf(sealedText)["version"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture);

    /// <summary>Which kind of cipher has sealed a value.</summary>
    protected static string SealerOf(string sealedText) => PartsOf(sealedText)["sealer"].Value;

    private static GroupCollection PartsOf(string sealedText) =>
        Shape().Match(sealedText) is { Success: true } match ? match.Groups : throw new CryptographicException("The value is not one that a cipher has sealed.");

    /// <summary>Purposes become part of names elsewhere.</summary>
    private protected static string Checked(string purpose) =>
        Purpose().IsMatch(purpose) ? purpose : throw new ArgumentException("A purpose is lower-case letters, digits and hyphens.", nameof(purpose));

    [GeneratedRegex("^(?<sealer>ring|vault):v(?<version>[1-9][0-9]{0,8}):")]
    private static partial Regex Shape();

    [GeneratedRegex(@"^[a-z0-9][a-z0-9-]{0,49}\z")]
    private static partial Regex Purpose();
}

/// <summary>The newest version of a key.</summary>
/// <param name="IsCompromised">What protects it is itself out of use: it should not wait for its time to be rotated.</param>
public sealed record CipherKey(int Version, DateTimeOffset CreatedAt, bool IsCompromised = false);
