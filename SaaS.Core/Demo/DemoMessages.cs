using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;
using SaaS.Core.Messaging;
using SaaS.Infrastructure.Messaging;

namespace SaaS.Core.Demo;

/// <summary>What has come back over the transport since this process started: the last few messages of each sender, in development alone.</summary>
internal sealed class DemoMessages(EventTransport transport, IHostEnvironment environment) : BackgroundService
{
    /// <summary>How many are kept for each sender.</summary>
    public const int Kept = 10;

    private const string Group = "saas-demo";

    private readonly ConcurrentDictionary<Guid, ConcurrentQueue<DemoMessage>> _bySender = [];

    public int Count => _bySender.Values.Sum(messages => messages.Count);

    /// <summary>Newest first.</summary>
    public IReadOnlyList<DemoMessage> Of(Guid sender, int limit) =>
        _bySender.TryGetValue(sender, out var messages) ? [.. messages.Reverse().Take(limit)] : [];

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        environment.IsDevelopment() ? transport.ConsumeAsync(Group, [DemoMessageSent.Type], KeepAsync, stoppingToken) : Task.CompletedTask;

    private Task KeepAsync(EventRecord record, CancellationToken ct)
    {
        if (CloudEvent.TryParse(record.Value) is { } envelope)
        {
            var sent = envelope.ReadData<DemoMessageSent>();
            var messages = _bySender.GetOrAdd(sent.SentBy, _ => []);
            messages.Enqueue(new DemoMessage(envelope.Id, sent.Topic, envelope.Time, sent.SentBy, sent.MessageKey, sent.Message));
            while (messages.Count > Kept && messages.TryDequeue(out _))
            {
                // The oldest gives way.
            }
        }

        return Task.CompletedTask;
    }
}
