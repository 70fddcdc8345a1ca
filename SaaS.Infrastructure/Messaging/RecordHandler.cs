using Microsoft.Extensions.Logging;

namespace SaaS.Infrastructure.Messaging;

/// <summary>Calls the handler of a consumer group as every transport promises it: whatever it throws, its record is handed over again before the next.</summary>
internal sealed partial class RecordHandler(Func<EventRecord, CancellationToken, Task> handle, TimeProvider clock, ILogger logger)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <param name="stop">No further try is begun.</param>
    /// <param name="ct">The try that is under way is to end, too.</param>
    public async Task HandleUntilDoneAsync(EventRecord record, CancellationToken stop, CancellationToken ct)
    {
        while (true)
        {
            try
            {
                await handle(record, ct);
                return;
            }
#pragma warning disable CA1031 // whatever a handler throws, its record must not be lost: it is handed over again
            catch (Exception e) when (!ct.IsCancellationRequested)
#pragma warning restore CA1031
            {
                LogHandingOverAgain(e, record.Topic);
                await Task.Delay(Pause, clock, stop);
            }
        }
    }

    [LoggerMessage(EventId = 1302, Level = LogLevel.Warning, Message = "A record of {Topic} could not be handled; it is handed over again")]
    private partial void LogHandingOverAgain(Exception exception, string topic);
}
