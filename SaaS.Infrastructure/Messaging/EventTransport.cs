namespace SaaS.Infrastructure.Messaging;

/// <summary>An event on its way, as the transport sees it: it does not look inside.</summary>
/// <param name="Topic">What kind of event this is; consumers subscribe to topics.</param>
/// <param name="Key">Events of one topic and key keep their order.</param>
/// <param name="Value">The event, as JSON.</param>
/// <param name="TraceParent">The W3C trace context of the request that caused it, if there was one.</param>
public sealed record EventRecord(string Topic, string Key, string Value, string? TraceParent);

/// <summary>
/// Carries events from the relay to the consumers. What holds for every transport: records of one topic and key arrive in
/// the order in which they were published; each arrives at least once; a record counts as consumed only after its handler
/// returned; a consumer group that was away continues where it stopped. What stands in the way of a broker is thrown as an
/// <see cref="IOException"/>: <see cref="EventBrokerUnavailableException"/> where the same call may succeed later.
/// </summary>
public abstract class EventTransport
{
    /// <summary>What traces call it: https://opentelemetry.io/docs/specs/semconv/registry/attributes/messaging/</summary>
    public abstract string MessagingSystem { get; }

    /// <summary>Publishes in the given order; returns when every record is safe at the broker.</summary>
    public abstract Task PublishAsync(IReadOnlyList<EventRecord> records, CancellationToken ct);

    /// <summary>
    /// Hands every record of the topics to <paramref name="handle"/>, one at a time for each topic and key, until cancelled.
    /// A handler that throws is called again with the same record.
    /// </summary>
    public abstract Task ConsumeAsync(string group, IReadOnlyCollection<string> topics, Func<EventRecord, CancellationToken, Task> handle, CancellationToken ct);

    /// <summary>How many published records the group has not consumed yet.</summary>
    public abstract Task<long> CountWaitingAsync(string group, CancellationToken ct);

    /// <summary>Forgets what every group has consumed and that is older than <paramref name="age"/>.</summary>
    /// <returns>How many records were forgotten; 0 where the broker does this itself.</returns>
    public abstract Task<long> ForgetAsync(TimeSpan age, CancellationToken ct);
}

/// <summary>The topics of the product, which a transport may have to make before anybody uses them.</summary>
/// <param name="Published">Every topic that a record may have.</param>
/// <param name="Consumed">Those that some consumer group subscribes to.</param>
public sealed record EventTopics(IReadOnlyCollection<string> Published, IReadOnlyCollection<string> Consumed)
{
    /// <summary>What each consumer group subscribes to; all that is consumed where a group is not listed.</summary>
    public IReadOnlyDictionary<string, IReadOnlyCollection<string>> ByGroup { get; init; } = new Dictionary<string, IReadOnlyCollection<string>>();
}

/// <summary>The broker cannot be reached, or cannot do it just now: the same call may succeed later.</summary>
public sealed class EventBrokerUnavailableException(string message, Exception? inner = null) : IOException(message, inner);
