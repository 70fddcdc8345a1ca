using SaaS.Infrastructure.Messaging;

namespace SaaS.Core.Messaging;

/// <summary>The consumer groups of the worker. Each reads all events by itself, so that one that is slow holds up no other.</summary>
internal static class ConsumerGroups
{
    /// <summary>Consumers that are quick.</summary>
    public const string Default = "saas-worker";

    /// <summary>Consumers that read or remove objects, which takes as long as the object store takes.</summary>
    public const string Objects = "saas-worker-objects";

    public static readonly IReadOnlyList<string> All = [Default, Objects];

    /// <summary>How many records any group has not consumed yet.</summary>
    public static async Task<long> CountWaitingAsync(EventTransport transport, CancellationToken ct)
    {
        var waiting = 0L;
        foreach (var group in All)
        {
            waiting += await transport.CountWaitingAsync(group, ct);
        }

        return waiting;
    }
}
