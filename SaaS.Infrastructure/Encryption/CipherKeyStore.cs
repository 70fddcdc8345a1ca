namespace SaaS.Infrastructure.Encryption;

/// <summary>
/// Stores the keys of a key ring, each wrapped with the master key. Removed keys must be unrecoverable, because that is how the data of a
/// tenant is erased.
/// </summary>
public abstract class CipherKeyStore
{
    /// <summary>Reads all versions of a key, in no particular order.</summary>
    public abstract Task<IReadOnlyList<WrappedKey>> ReadAsync(Guid tenantId, string purpose, CancellationToken ct);

    /// <summary>Adds a version, unless another process has added the same version already: then the existing one stays.</summary>
    public abstract Task AddAsync(Guid tenantId, string purpose, WrappedKey key, CancellationToken ct);

    /// <summary>Removes the versions before this one.</summary>
    public abstract Task RemoveBeforeAsync(int version, Guid tenantId, string purpose, CancellationToken ct);

    /// <summary>Removes every key of a tenant.</summary>
    public abstract Task RemoveAllAsync(Guid tenantId, CancellationToken ct);
}

/// <summary>A version of a key, as it is stored.</summary>
/// <param name="MasterKey">The fingerprint of the master key that wraps it.</param>
public sealed record WrappedKey(int Version, string MasterKey, byte[] Wrapped, DateTimeOffset CreatedAt);
