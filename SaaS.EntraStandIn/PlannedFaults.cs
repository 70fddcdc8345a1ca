using System.Collections.Concurrent;

namespace SaaS.Entra;

/// <summary>Which faults wait for which endpoint: those for the next requests first, then the one that stays.</summary>
internal sealed class PlannedFaults
{
    private readonly ConcurrentDictionary<EntraEndpoint, ConcurrentQueue<EntraFault>> _next = [];
    private readonly ConcurrentDictionary<EntraEndpoint, EntraFault> _lasting = [];

    internal void Add(EntraEndpoint endpoint, EntraFault fault) => _next.GetOrAdd(endpoint, _ => []).Enqueue(fault);

    internal void Last(EntraEndpoint endpoint, EntraFault fault) => _lasting[endpoint] = fault;

    internal void Clear()
    {
        _next.Clear();
        _lasting.Clear();
    }

    internal EntraFault? Take(EntraEndpoint endpoint) =>
        _next.TryGetValue(endpoint, out var waiting) && waiting.TryDequeue(out var fault) ? fault : _lasting.GetValueOrDefault(endpoint);
}
