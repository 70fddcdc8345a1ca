using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace SaaS.Platform.Objects;

/// <summary>Makes the place for objects when a host starts. A store that is away keeps no host from starting: readiness tells of it meanwhile.</summary>
internal sealed partial class PrepareObjects(ObjectStore objects, TimeProvider clock, ILogger<PrepareObjects> log) : BackgroundService
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        for (var pause = FirstPause; !await TryAsync(pause, stoppingToken); pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            await Task.Delay(pause, clock, stoppingToken);
        }
    }

    private async Task<bool> TryAsync(TimeSpan pause, CancellationToken ct)
    {
        try
        {
            await objects.PrepareAsync(ct);
            return true;
        }
        catch (IOException e)
        {
            LogNotPrepared(log, e.GetBaseException().Message, (int)pause.TotalSeconds);
            return false;
        }
    }

    [LoggerMessage(1801, LogLevel.Warning, "The object store cannot be used: {Reason}; trying again in {Seconds} s")]
    private static partial void LogNotPrepared(ILogger log, string reason, int seconds);
}
