using Microsoft.Extensions.Logging;

namespace SaaS.Platform.Redis;

/// <summary>Tells that Redis does not answer: once, and then from time to time with how often, instead of at every request.</summary>
public sealed partial class RedisSilence(TimeProvider clock, ILogger<RedisSilence> logger)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(30);

    private readonly Lock _gate = new();
    private DateTimeOffset _nextWord = DateTimeOffset.MinValue;
    private int _sinceThen;

    public void Note(Exception exception)
    {
        int times;
        lock (_gate)
        {
            _sinceThen++;
            var now = clock.GetUtcNow();
            if (now < _nextWord)
            {
                return;
            }

            (times, _sinceThen, _nextWord) = (_sinceThen, 0, now + Pause);
        }

        LogSilent(exception, times);
    }

    [LoggerMessage(EventId = 1101, Level = LogLevel.Warning, Message = "Redis did not answer, {Times} times since this was last said; the database and each process's own memory decide instead")]
    private partial void LogSilent(Exception exception, int times);
}
