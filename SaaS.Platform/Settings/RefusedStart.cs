using Microsoft.Extensions.Options;

namespace SaaS.Platform.Settings;

/// <summary>
/// Ends a host that is not to start with what it was given: code 1 and the page that says why, where .NET would abort and show a stack that
/// nobody who operates a host can do anything with. Whoever calls a host in a process of their own catches what it throws, and sees none of this.
/// </summary>
internal static class RefusedStart
{
    private const int Refused = 1;

    private static int _isWatched;

    public static void EndReadably()
    {
        if (Interlocked.Exchange(ref _isWatched, 1) == 0)
        {
            AppDomain.CurrentDomain.UnhandledException += (_, failure) => End(failure.ExceptionObject);
        }
    }

    private static void End(object failure)
    {
        if (failure is UnfitSecretsException or OptionsValidationException)
        {
            Console.Error.WriteLine(((Exception)failure).Message);
            Environment.Exit(Refused);
        }
    }
}
