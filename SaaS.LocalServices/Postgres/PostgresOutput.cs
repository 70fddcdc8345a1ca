using Microsoft.Extensions.Logging;

namespace SaaS.LocalServices;

/// <summary>The log output of the server, with the last lines kept for a start that fails.</summary>
internal sealed partial class PostgresOutput(ILogger log)
{
    private const int LinesRemembered = 20;

    private readonly Queue<string> _lastLines = [];

    internal ILogger Log => log;

    internal string LastLines
    {
        get
        {
            lock (_lastLines)
            {
                return string.Concat(_lastLines.Select(line => Environment.NewLine + line));
            }
        }
    }

    internal void Add(string line)
    {
        lock (_lastLines)
        {
            _lastLines.Enqueue(line);
            if (_lastLines.Count > LinesRemembered)
            {
                _lastLines.Dequeue();
            }
        }

        var level = ParseLevel(line);
        LogLine(log, level, line);
    }

    // "ERROR:  duplicate key value violates unique constraint": the client receives errors and logs them when needed.
    private static LogLevel ParseLevel(string line) =>
        line.Split(':', 2)[0] switch
        {
            "PANIC" => LogLevel.Critical,
            "WARNING" => LogLevel.Warning,
            _ => LogLevel.Debug,
        };

    [LoggerMessage(Message = "{Line}")]
    private static partial void LogLine(ILogger log, LogLevel level, string line);
}
