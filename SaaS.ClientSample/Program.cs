using SaaS.Client.Models;

namespace SaaS.ClientSample;

/// <summary>
/// Runs the sample from the command line. Credentials come from environment variables, because other users of the machine can see
/// arguments.
/// </summary>
internal static class Program
{
    private const string Usage =
        "SAAS_EMAIL=… SAAS_PASSWORD=… dotnet run --project SaaS.ClientSample -- FILE [ADDRESS, or SAAS_API, or http://localhost:4999]";

    internal static async Task<int> Main(string[] arguments)
    {
        var (email, password) = (Environment.GetEnvironmentVariable("SAAS_EMAIL"), Environment.GetEnvironmentVariable("SAAS_PASSWORD"));
        if (arguments.Length is not (1 or 2) || string.IsNullOrEmpty(email) || string.IsNullOrEmpty(password))
        {
            await Console.Error.WriteLineAsync(Usage);
            return 2;
        }

        var address = arguments.ElementAtOrDefault(1) ?? Environment.GetEnvironmentVariable("SAAS_API") ?? "http://localhost:4999";
        try
        {
            await Journey.RunAsync(new Uri(address), email, password, arguments[0], TimeProvider.System, Console.Out);
            return 0;
        }
        catch (ProblemBody problem)
        {
            await Console.Error.WriteLineAsync($"{problem.Status} {problem.Error?.Code}: {problem.Message}");
            return 1;
        }
    }
}
