using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using SaaS.Infrastructure.Settings;

namespace SaaS.Infrastructure.Objects;

/// <summary>Makes the place for objects when a host starts. A store that is away keeps no host from starting: readiness tells of it meanwhile.</summary>
internal sealed partial class PrepareObjects(ObjectStore objects, TimeProvider clock, ILogger<PrepareObjects> log) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => StartupRetry.UntilDoneAsync(pause => TryAsync(pause, stoppingToken), clock, stoppingToken);

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
