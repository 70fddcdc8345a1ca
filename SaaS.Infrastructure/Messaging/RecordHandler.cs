using Microsoft.Extensions.Logging;

namespace SaaS.Infrastructure.Messaging;

/// <summary>Calls the handler of a consumer group until it succeeds, so that a record is redelivered before the next one.</summary>
internal sealed partial class RecordHandler(Func<EventRecord, CancellationToken, Task> handle, TimeProvider clock, ILogger logger)
{
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);

    /// <param name="stop">Begins no further attempt.</param>
    /// <param name="ct">Cancels the current attempt.</param>
    public async Task HandleUntilDoneAsync(EventRecord record, CancellationToken stop, CancellationToken ct)
    {
        while (true)
        {
            try
            {
                await handle(record, ct);
                return;
            }
#pragma warning disable CA1031 // a record must not be lost, whatever its handler throws: it is redelivered
            catch (Exception e) when (!ct.IsCancellationRequested)
#pragma warning restore CA1031
            {
                LogRedelivery(e, record.Topic);
                await Task.Delay(RetryDelay, clock, stop);
            }
        }
    }

    [LoggerMessage(EventId = 1302, Level = LogLevel.Warning, Message = "The handler of a {Topic} record failed; the record is redelivered")]
    private partial void LogRedelivery(Exception exception, string topic);
}
