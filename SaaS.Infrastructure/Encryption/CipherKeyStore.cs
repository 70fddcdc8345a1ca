namespace SaaS.Infrastructure.Encryption;

/// <summary>
/// Keeps the keys of a key ring, each wrapped with the master key. What is removed must be gone from the store for good: that
/// is how a tenant's data is made unreadable.
/// </summary>
public abstract class CipherKeyStore
{
    /// <summary>Every version that there is, in no particular order.</summary>
    public abstract Task<IReadOnlyList<WrappedKey>> ReadAsync(Guid tenantId, string purpose, CancellationToken ct);

    /// <summary>Adds a version, unless somebody else has just added it: then theirs stays.</summary>
    public abstract Task AddAsync(Guid tenantId, string purpose, WrappedKey key, CancellationToken ct);

    /// <summary>Removes the versions before this one.</summary>
    public abstract Task RemoveBeforeAsync(int version, Guid tenantId, string purpose, CancellationToken ct);

    /// <summary>Removes every key of a tenant.</summary>
    public abstract Task RemoveAllAsync(Guid tenantId, CancellationToken ct);
}

/// <summary>One version of a key, as the store knows it.</summary>
/// <param name="MasterKey">The fingerprint of the master key that it is wrapped with.</param>
public sealed record WrappedKey(int Version, string MasterKey, byte[] Wrapped, DateTimeOffset CreatedAt);
