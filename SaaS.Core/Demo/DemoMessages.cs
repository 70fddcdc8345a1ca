using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;
using SaaS.Core.Messaging;
using SaaS.Infrastructure.Messaging;

namespace SaaS.Core.Demo;

/// <summary>Keeps the latest messages of each sender that this process has consumed, in development only.</summary>
internal sealed class DemoMessages(EventTransport transport, IHostEnvironment environment) : BackgroundService
{
    /// <summary>Number of messages that are kept for each sender.</summary>
    public const int Capacity = 10;

    private const string Group = "saas-demo";

    private readonly ConcurrentDictionary<Guid, ConcurrentQueue<DemoMessage>> _bySender = [];

    public int Count => _bySender.Values.Sum(messages => messages.Count);

    /// <summary>Returns the messages of a sender, newest first.</summary>
    public IReadOnlyList<DemoMessage> GetBySender(Guid sender, int limit) =>
        _bySender.TryGetValue(sender, out var messages) ? [.. messages.Reverse().Take(limit)] : [];

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        environment.IsDevelopment() ? transport.ConsumeAsync(Group, [DemoMessageSent.Type], StoreAsync, stoppingToken) : Task.CompletedTask;

    private Task StoreAsync(EventRecord record, CancellationToken ct)
    {
        if (CloudEvent.TryParse(record.Value) is { } envelope)
        {
            var sent = envelope.ReadData<DemoMessageSent>();
            var messages = _bySender.GetOrAdd(sent.SentBy, _ => []);
            messages.Enqueue(new DemoMessage(envelope.Id, sent.Topic, envelope.Time, sent.SentBy, sent.MessageKey, sent.Message));
            while (messages.Count > Capacity && messages.TryDequeue(out _))
            {
                // Drops the oldest.
            }
        }

        return Task.CompletedTask;
    }
}
