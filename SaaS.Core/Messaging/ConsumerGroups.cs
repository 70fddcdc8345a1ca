using SaaS.Infrastructure.Messaging;

namespace SaaS.Core.Messaging;

/// <summary>The consumer groups of the worker. Each reads all events independently, so that a slow group does not delay another.</summary>
internal static class ConsumerGroups
{
    /// <summary>The group of fast consumers.</summary>
    public const string Default = "saas-worker";

    /// <summary>The group of consumers that read or delete objects and therefore depend on the speed of the object store.</summary>
    public const string Objects = "saas-worker-objects";

    public static readonly IReadOnlyList<string> All = [Default, Objects];

    /// <summary>Counts the records that are not consumed yet, over all groups.</summary>
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
