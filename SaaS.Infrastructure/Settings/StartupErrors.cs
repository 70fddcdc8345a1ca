using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Options;
using SaaS.Infrastructure.Postgres;

namespace SaaS.Infrastructure.Settings;

/// <summary>
/// Ends a host that is not to start with what it was given: code 1 and the sentence that says why, where .NET would abort and show a stack that
/// nobody who operates a host can do anything with. Whoever calls a host in a process of their own catches what it throws, and sees none of this.
/// </summary>
public static class StartupErrors
{
    private const int Refused = 1;

    /// <summary>Says what it has read and what it could not; without the values, unless they are no text.</summary>
    private const string Binder = "Microsoft.Extensions.Configuration.Binder";

    private static int _isWatched;

    /// <summary>What whoever operates a host has to do, a line for each fault; null of what is no fault of theirs: there the stack is wanted, too.</summary>
    public static string? Explain(Exception failure) => failure switch
    {
        InvalidSettingsException or OptionsValidationException or InvalidOperationException { Source: Binder } or IOException { InnerException: AddressInUseException } => failure.Message,
        AggregateException { InnerExceptions: var all } when all.All(one => Explain(one) is not null) => string.Join('\n', all.Select(Explain)),
        _ => PostgresFailures.Explain(failure),
    };

    internal static void EndReadably()
    {
        if (Interlocked.Exchange(ref _isWatched, 1) == 0)
        {
            AppDomain.CurrentDomain.UnhandledException += (_, unhandled) => End((Exception)unhandled.ExceptionObject);
        }
    }

    private static void End(Exception failure)
    {
        if (Explain(failure) is { } explanation)
        {
            Console.Error.WriteLine(explanation);
            Environment.Exit(Refused);
        }
    }
}
