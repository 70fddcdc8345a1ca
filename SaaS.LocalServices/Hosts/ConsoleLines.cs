using Microsoft.Extensions.Logging;
using Spectre.Console;

namespace SaaS.LocalServices;

/// <summary>A logger that prefixes each line with the resource name, which is the logger's category.</summary>
internal sealed class ConsoleLines(IAnsiConsole console) : ILoggerProvider
{
    private const int NameWidth = 10;

    public ILogger CreateLogger(string categoryName) => new Lines(console, categoryName);

    public void Dispose() { }

    private sealed class Lines(IAnsiConsole console, string resource) : ILogger
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
        )
        {
            var text = exception is null ? formatter(state, exception) : $"{formatter(state, exception)} {exception}";
            if (!console.Profile.Capabilities.Ansi)
            {
                console.Profile.Out.Writer.WriteLine($"{resource}  {text}");
                return;
            }

            var color = logLevel switch
            {
                LogLevel.Warning => Color.Yellow,
                LogLevel.Error or LogLevel.Critical => Color.Red,
                _ => Color.Default,
            };
            console.Write(new Paragraph($"{resource.PadRight(NameWidth)}  ", new Style(Color.Grey)).Append($"{text}\n", new Style(color)));
        }
    }
}
