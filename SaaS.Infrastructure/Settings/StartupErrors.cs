using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Options;
using SaaS.Infrastructure.Postgres;

namespace SaaS.Infrastructure.Settings;

/// <summary>
/// Ends a host that cannot start with exit code 1 and an explanation, where .NET would abort with a stack trace. A program that hosts this
/// one in its own process catches the exception itself.
/// </summary>
public static class StartupErrors
{
    private const int ExitCode = 1;

    /// <summary>Its messages name the key that could not be bound, and contain the value only when it is not text.</summary>
    private const string Binder = "Microsoft.Extensions.Configuration.Binder";

    private static int _isWatched;

    /// <summary>
    /// Explains a configuration error to the operator, one line for each fault; null for anything that is a bug, where the stack trace is
    /// needed.
    /// </summary>
    public static string? Explain(Exception failure) =>
        failure switch
        {
            InvalidSettingsException
            or OptionsValidationException
            or InvalidOperationException { Source: Binder }
            or IOException { InnerException: AddressInUseException } => failure.Message,
            AggregateException { InnerExceptions: var all } when all.All(one => Explain(one) is not null) => string.Join(
                '\n',
                all.Select(Explain)
            ),
            _ => PostgresFailures.Explain(failure),
        };

    internal static void HandleUnhandledExceptions()
    {
        if (Interlocked.Exchange(ref _isWatched, 1) == 0)
        {
            AppDomain.CurrentDomain.UnhandledException += (_, unhandled) => Exit((Exception)unhandled.ExceptionObject);
        }
    }

    private static void Exit(Exception failure)
    {
        if (Explain(failure) is { } explanation)
        {
            Console.Error.WriteLine(explanation);
            Environment.Exit(ExitCode);
        }
    }
}

/// <summary>
/// A host or a command cannot start with its settings. The message is for the operator: it names the settings, and never contains a secret.
/// </summary>
public sealed class InvalidSettingsException : InvalidOperationException
{
    public InvalidSettingsException(string message, Exception? inner = null)
        : base(message, inner) { }

    /// <summary>Returns only the message, because a stack trace does not help an operator.</summary>
    public override string ToString() => Message;
}
