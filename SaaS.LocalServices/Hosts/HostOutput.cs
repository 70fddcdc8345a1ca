using Microsoft.Extensions.Logging;

namespace SaaS.LocalServices;

/// <summary>Logs the console output of a host at the log level that the host gave each line.</summary>
internal static partial class HostOutput
{
    internal static void Log(ILogger log, string line)
    {
        if (line.Length > 0)
        {
            var level = ParseLevel(line);
            LogLine(log, level, line);
        }
    }

    // "warn: SaaS.Core.Messaging.OutboxScheduler[12] The broker did not answer"
    private static LogLevel ParseLevel(string line) =>
        line.AsSpan(0, Math.Min(5, line.Length)) switch
        {
            "warn:" => LogLevel.Warning,
            "fail:" => LogLevel.Error,
            "crit:" => LogLevel.Critical,
            _ when line.StartsWith("Unhandled exception", StringComparison.Ordinal) => LogLevel.Critical,
            _ => LogLevel.Information,
        };

    [LoggerMessage(Message = "{Line}")]
    private static partial void LogLine(ILogger log, LogLevel level, string line);
}
