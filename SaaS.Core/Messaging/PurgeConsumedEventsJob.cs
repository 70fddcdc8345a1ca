using SaaS.Core.Jobs;
using SaaS.Infrastructure.Messaging;

namespace SaaS.Core.Messaging;

/// <summary>Purges processed events from the event log.</summary>
internal sealed class PurgeConsumedEventsJob(EventTransport transport) : Job
{
    private static readonly TimeSpan Kept = TimeSpan.FromDays(7);

    public override async Task<string> RunAsync(CancellationToken ct) => $"{await transport.PurgeAsync(Kept, ct)} events purged";
}
