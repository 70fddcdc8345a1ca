using Confluent.Kafka;
using Microsoft.Extensions.Logging.Abstractions;
using SaaS.Infrastructure.Messaging;

namespace SaaS.Tests.Infrastructure;

/// <summary>Tests the end of a partition's assignment.</summary>
public sealed class KafkaPartitionTests
{
    [Fact]
    public async Task An_abandoned_handler_may_throw_any_exception()
    {
        var handling = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var handler = new RecordHandler(HandleAsync, TimeProvider.System, NullLogger.Instance);
        var partition = new KafkaPartition(new TopicPartition("topic", 0), topicPrefix: "", handler, CancellationToken.None);
        partition.Add(
            new ConsumeResult<string, string>
            {
                Topic = "topic",
                Offset = 7,
                Message = new Message<string, string>
                {
                    Key = "key",
                    Value = "{}",
                    Headers = [],
                },
            }
        );
        await handling.Task;

        partition.Abandon();
        await partition.ReleaseAsync();
        Assert.Equal((long)Offset.Unset, partition.Done);

        async Task HandleAsync(EventRecord record, CancellationToken ct)
        {
            handling.SetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw new IOException("The connection was closed");
        }
    }
}
