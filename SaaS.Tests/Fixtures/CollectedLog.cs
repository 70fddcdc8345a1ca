using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace SaaS.Tests.Fixtures;

/// <summary>Collects everything that a host logs.</summary>
internal sealed class CollectedLog : ILoggerProvider
{
    private readonly ConcurrentQueue<(int Id, string Line)> _lines = [];

    public string Text => string.Join('\n', _lines.Select(line => line.Line));

    public bool Has(int id) => _lines.Any(line => line.Id == id);

    public ILogger CreateLogger(string categoryName) => new Writer(_lines);

    public void Dispose() { }

    private sealed class Writer(ConcurrentQueue<(int Id, string Line)> lines) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter
        ) => lines.Enqueue((eventId.Id, $"{formatter(state, exception)} {exception}"));
    }
}
