using System.Text;
using Confluent.Kafka;

namespace SaaS.Infrastructure.Messaging;

/// <summary>
/// Maps events to Kafka records:
/// https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/kafka-protocol-binding.md#33-structured-content-mode
/// </summary>
internal static class KafkaHeaders
{
    public const string ContentType = "content-type";
    public const string TraceParent = "traceparent";

    public static byte[] CloudEvent { get; } = "application/cloudevents+json"u8.ToArray();

    /// <summary>Reads a record without validation: a missing value becomes an empty one, which the consumer handles.</summary>
    public static EventRecord Read(ConsumeResult<string, string> result, string topicPrefix) =>
        new(
            result.Topic[topicPrefix.Length..],
            result.Message.Key ?? "",
            result.Message.Value ?? "",
            result.Message.Headers.TryGetLastBytes(TraceParent, out var trace) && trace is not null ? Encoding.ASCII.GetString(trace) : null
        );
}
