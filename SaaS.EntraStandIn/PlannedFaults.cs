using System.Collections.Concurrent;

namespace SaaS.Entra;

/// <summary>The planned faults of each endpoint: one-time faults for the next requests first, then the permanent one.</summary>
internal sealed class PlannedFaults
{
    private readonly ConcurrentDictionary<EntraEndpoint, ConcurrentQueue<EntraFault>> _next = [];
    private readonly ConcurrentDictionary<EntraEndpoint, EntraFault> _permanent = [];

    internal void Add(EntraEndpoint endpoint, EntraFault fault) => _next.GetOrAdd(endpoint, _ => []).Enqueue(fault);

    internal void SetPermanent(EntraEndpoint endpoint, EntraFault fault) => _permanent[endpoint] = fault;

    internal void Clear()
    {
        _next.Clear();
        _permanent.Clear();
    }

    internal EntraFault? Take(EntraEndpoint endpoint) =>
        _next.TryGetValue(endpoint, out var waiting) && waiting.TryDequeue(out var fault) ? fault : _permanent.GetValueOrDefault(endpoint);
}
