using SaaS.Core.Jobs;
using SaaS.Infrastructure.Messaging;

namespace SaaS.Core.Messaging;

/// <summary>Keeps the event log from growing for ever.</summary>
internal sealed class PurgeConsumedEventsJob(EventTransport transport) : Job
{
    private static readonly TimeSpan Kept = TimeSpan.FromDays(7);

    public override async Task<string> RunAsync(CancellationToken ct) =>
        $"{await transport.ForgetAsync(Kept, ct)} events forgotten";
}
