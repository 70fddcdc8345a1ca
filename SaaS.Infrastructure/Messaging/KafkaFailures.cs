using Confluent.Kafka;

namespace SaaS.Infrastructure.Messaging;

/// <summary>Maps Kafka errors to exceptions of the transport.</summary>
internal static class KafkaFailures
{
    // Permanent errors that need an operator.
    private static readonly ErrorCode[] Lasting =
    [
        ErrorCode.MsgSizeTooLarge,
        ErrorCode.RecordListTooLarge,
        ErrorCode.InvalidMsg,
        ErrorCode.InvalidRecord,
        ErrorCode.TopicException,
        ErrorCode.TopicAuthorizationFailed,
        ErrorCode.GroupAuthorizationFailed,
        ErrorCode.ClusterAuthorizationFailed,
        ErrorCode.SaslAuthenticationFailed,
    ];

    public static IOException ToIOException(KafkaException failure) =>
        Lasting.Contains(failure.Error.Code)
            ? new IOException($"Kafka rejected the request: {Describe(failure.Error)}.", failure)
            : new EventBrokerUnavailableException($"Kafka is unavailable: {Describe(failure.Error)}.", failure);

    // "Local_MsgTimedOut (Local: Message timed out)"
    public static string Describe(Error error) => $"{error.Code} ({error.Reason})";
}
