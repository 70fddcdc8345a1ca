using Confluent.Kafka;

namespace SaaS.Infrastructure.Messaging;

/// <summary>What a failure of Kafka means to whoever called.</summary>
internal static class KafkaFailures
{
    // What no repetition makes better: an operator has to change something.
    private static readonly ErrorCode[] Lasting =
    [
        ErrorCode.MsgSizeTooLarge, ErrorCode.RecordListTooLarge, ErrorCode.InvalidMsg, ErrorCode.InvalidRecord, ErrorCode.TopicException,
        ErrorCode.TopicAuthorizationFailed, ErrorCode.GroupAuthorizationFailed, ErrorCode.ClusterAuthorizationFailed, ErrorCode.SaslAuthenticationFailed,
    ];

    public static IOException Of(KafkaException failure) => Lasting.Contains(failure.Error.Code)
        ? new IOException($"Kafka refused: {Describe(failure.Error)}.", failure)
        : new EventBrokerUnavailableException($"Kafka cannot do it now: {Describe(failure.Error)}.", failure);

    // "Local_MsgTimedOut (Local: Message timed out)"
    public static string Describe(Error error) => $"{error.Code} ({error.Reason})";
}
