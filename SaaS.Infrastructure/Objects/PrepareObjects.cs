using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using SaaS.Infrastructure.Resilience;

namespace SaaS.Infrastructure.Objects;

/// <summary>
/// Creates the bucket or folder when a host starts. An unavailable store does not stop the start; the readiness probe reports it.
/// </summary>
internal sealed partial class PrepareObjects(ObjectStore objects, TimeProvider clock, ILogger<PrepareObjects> log) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        BackgroundRetry.RunAsync(
            objects.PrepareAsync,
            isTransient: e => e is IOException,
            onRetry: (e, delay) => LogNotPrepared(log, e.GetBaseException().Message, (int)delay.TotalSeconds),
            clock,
            stoppingToken
        );

    [LoggerMessage(1801, LogLevel.Warning, "The object store is unavailable: {Reason}; retrying in {Seconds} s")]
    private static partial void LogNotPrepared(ILogger log, string reason, int seconds);
}
