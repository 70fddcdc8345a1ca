using System.Collections.Concurrent;
using System.Net;
using SaaS.Core.Access;

namespace SaaS.Core.Tenancy.ServiceAccounts;

/// <summary>
/// Caches which key has a hash, for a short time. It holds only what never changes while a key exists, so it needs no notification: the
/// authorization of each request reads the rows that decide.
/// </summary>
internal sealed class ApiKeyCache(TimeProvider clock)
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(1);

    private const int Capacity = 100_000;

    private readonly ConcurrentDictionary<string, Entry> _byHash = [];
    private readonly ConcurrentDictionary<Guid, string> _hashes = [];

    public CachedApiKey? Find(string hash) =>
        _byHash.TryGetValue(hash, out var entry) && entry.Until > clock.GetUtcNow() ? entry.Key : null;

    public void Add(string hash, CachedApiKey key)
    {
        if (_byHash.Count >= Capacity)
        {
            _byHash.Clear(); // more keys in use than the capacity: read their rows again
            _hashes.Clear();
        }

        _byHash[hash] = new Entry(key, clock.GetUtcNow() + Lifetime);
        _hashes[key.Account.KeyId] = hash;
    }

    /// <summary>Removes a key that is not valid any more, so that routes outside of tenants reject it as well.</summary>
    public void Evict(Guid keyId)
    {
        if (_hashes.TryRemove(keyId, out var hash))
        {
            _byHash.TryRemove(hash, out _);
        }
    }

    private sealed record Entry(CachedApiKey Key, DateTimeOffset Until);
}

/// <summary>The caller that a key authenticates, and the networks that it may be used from.</summary>
internal sealed record CachedApiKey(CurrentServiceAccount Account, IReadOnlyList<IPNetwork> AllowedNetworks)
{
    public bool Allows(IPAddress? address) =>
        AllowedNetworks.Count == 0 || (address is not null && AllowedNetworks.Any(network => network.Contains(address)));
}
