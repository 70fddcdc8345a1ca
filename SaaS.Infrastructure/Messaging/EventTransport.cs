namespace SaaS.Infrastructure.Messaging;

/// <summary>An event as the transport carries it, with an opaque value.</summary>
/// <param name="Topic">The event type; consumers subscribe to topics.</param>
/// <param name="Key">Events of one topic and key keep their order.</param>
/// <param name="Value">The event, as JSON.</param>
/// <param name="TraceParent">The W3C trace context of the request that caused the event, if there was one.</param>
public sealed record EventRecord(string Topic, string Key, string Value, string? TraceParent);

/// <summary>
/// Carries events from the outbox relay to the consumers: in order within a topic and key, and at least once; a record counts as consumed
/// when its handler has returned, and a consumer group resumes where it stopped. Broker failures are thrown as <see cref="IOException"/>,
/// and as <see cref="EventBrokerUnavailableException"/> where the same call may succeed later.
/// </summary>
public abstract class EventTransport
{
    /// <summary>
    /// The <c>messaging.system</c> attribute of spans: https://opentelemetry.io/docs/specs/semconv/registry/attributes/messaging/
    /// </summary>
    public abstract string MessagingSystem { get; }

    /// <summary>Publishes records in the given order; returns when the broker has acknowledged all of them.</summary>
    public abstract Task PublishAsync(IReadOnlyList<EventRecord> records, CancellationToken ct);

    /// <summary>
    /// Calls <paramref name="handle"/> for every record of the topics, one at a time for each topic and key, until cancelled. A record
    /// whose handler throws is delivered again.
    /// </summary>
    public abstract Task ConsumeAsync(
        string group,
        IReadOnlyCollection<string> topics,
        Func<EventRecord, CancellationToken, Task> handle,
        CancellationToken ct
    );

    /// <summary>Counts the published records that the group has not consumed yet.</summary>
    public abstract Task<long> CountWaitingAsync(string group, CancellationToken ct);

    /// <summary>Deletes records that are older than <paramref name="age"/> and that every group has consumed.</summary>
    /// <returns>The number of deleted records; 0 where the broker deletes them by itself.</returns>
    public abstract Task<long> PurgeAsync(TimeSpan age, CancellationToken ct);
}

/// <summary>The topics of the product, which a transport may have to create before use.</summary>
/// <param name="Published">All topics to which records are published.</param>
/// <param name="Consumed">The topics that at least one consumer group subscribes to.</param>
public sealed record EventTopics(IReadOnlyCollection<string> Published, IReadOnlyCollection<string> Consumed)
{
    /// <summary>The subscriptions of each consumer group; a group that is missing here subscribes to all consumed topics.</summary>
    public IReadOnlyDictionary<string, IReadOnlyCollection<string>> ByGroup { get; init; } =
        new Dictionary<string, IReadOnlyCollection<string>>();
}

/// <summary>The broker cannot be reached, or cannot process the request now: the same call may succeed later.</summary>
public sealed class EventBrokerUnavailableException(string message, Exception? inner = null) : IOException(message, inner);
