using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using SaaS.Core;
using SaaS.Core.Identity.Sso.Configuration;
using Spectre.Console;

namespace SaaS.Worker;

/// <summary><c>sso-test</c>: single sign-on from end to end, with a person at a browser, or with the stand-in for Entra ID and nobody.</summary>
internal static class SsoTestCommand
{
    private const string Usage =
        """
        Usage: SaaS.Worker sso-test [--directory ID --client-id ID] [--stand-in] [--wait MINUTES]
          Makes a tenant for the test, shows where to sign in, waits until somebody has, and looks at every step.
          --directory ID   the directory's id, or one of its domains; or SSO_TEST_DIRECTORY
          --client-id ID   the application registered there; or SSO_TEST_CLIENT_ID. Its client secret is taken from
                           SSO_TEST_CLIENT_SECRET, or asked for. Its redirect address is Sso:CallbackAddress
          --stand-in       with the stand-in for Entra ID, which `dotnet run --project SaaS.AppHost -- --entra-stand-in`
                           starts: nothing else has to be given, and somebody signs in by themselves
          --wait MINUTES   for the sign-in; 10 unless given
        Exit codes: 0 everything holds; 1 something does not; 2 not understood.
        """;

    public static async Task<int> RunAsync(string[] arguments, CommandHost command)
    {
        if (arguments is ["--help" or "-h"])
        {
            return await Commands.ExplainAsync(Usage, Commands.Done);
        }

        if (Read(arguments) is not { } asked)
        {
            return await Commands.ExplainAsync(Usage, Commands.NotUnderstood);
        }

        using var host = CommandHost.Build(command.CreateBuilder());
        var standIn = asked.StandIn ? await StandIn.FindAsync(host.Services.GetRequiredService<IConfiguration>()["Entra:Authority"]) : null;
        if (asked.StandIn && standIn is null)
        {
            await Console.Error.WriteLineAsync("There is no stand-in where Entra:Authority says: start the system with dotnet run --project SaaS.AppHost -- --entra-stand-in");
            return Commands.SomeFailed;
        }

        var trial = standIn?.Trial ?? new SsoTest(asked.Directory!, asked.ClientId!, Environment.GetEnvironmentVariable("SSO_TEST_CLIENT_SECRET") ?? AnsiConsole.Prompt(new TextPrompt<string>("Client secret").Secret()));
        var holds = true;
        using var waiting = new CancellationTokenSource();
        try
        {
            await foreach (var step in host.Services.TrySsoAsync(trial, asked.Wait, waiting.Token))
            {
                Tell(step);
                holds &= step.Holds;
                if (step.LoginAddress is { } address)
                {
                    Console.Out.WriteLine($"  Sign in at {address.AbsoluteUri}"); // in one line, however narrow the terminal
                    if (standIn is not null && await standIn.SignInAsync(address) is { } trouble)
                    {
                        Tell(new SsoTestStep("Somebody signs in at the stand-in", Holds: false, trouble));
                        await waiting.CancelAsync(); // nobody else will
                    }
                }
            }
        }
        catch (OperationCanceledException) when (waiting.IsCancellationRequested)
        {
            return Commands.SomeFailed;
        }

        return holds ? Commands.Done : Commands.SomeFailed;
    }

    private static void Tell(SsoTestStep step) =>
        AnsiConsole.MarkupLineInterpolated(CultureInfo.InvariantCulture, $"[{(step.Holds ? "green" : "red")}]{(step.Holds ? "✓" : "✗")}[/] {step.What}  [grey]{step.Detail}[/]");

    private static Asked? Read(string[] arguments)
    {
        var asked = new Asked(Environment.GetEnvironmentVariable("SSO_TEST_DIRECTORY"), Environment.GetEnvironmentVariable("SSO_TEST_CLIENT_ID"), StandIn: false, TimeSpan.FromMinutes(10));
        for (var at = 0; at < arguments.Length; at++)
        {
            var value = at + 1 < arguments.Length ? arguments[at + 1] : null;
            switch (arguments[at])
            {
                case "--stand-in":
                    asked = asked with { StandIn = true };
                    continue;
                case "--directory" when value is not null:
                    asked = asked with { Directory = value };
                    break;
                case "--client-id" when value is not null:
                    asked = asked with { ClientId = value };
                    break;
                case "--wait" when int.TryParse(value, out var minutes) && minutes is > 0 and <= 1_000:
                    asked = asked with { Wait = TimeSpan.FromMinutes(minutes) };
                    break;
                default:
                    return null;
            }

            at++;
        }

        return asked.StandIn || asked is { Directory.Length: > 0, ClientId.Length: > 0 } ? asked : null;
    }

    private sealed record Asked(string? Directory, string? ClientId, bool StandIn, TimeSpan Wait);

    /// <summary>The stand-in for Entra ID, which tells its secrets, and a browser in which its first person signs in.</summary>
    private sealed record StandIn(SsoTest Trial, string Account)
    {
        public static async Task<StandIn?> FindAsync(string? authority)
        {
            if (!Uri.TryCreate(authority, UriKind.Absolute, out var address) || !address.IsLoopback)
            {
                return null;
            }

            try
            {
                using var http = new HttpClient();
                var directory = (await http.GetFromJsonAsync<JsonObject>(new Uri(address, "/stand-in")))!["directories"]![0]!;
                var application = directory["applications"]![0]!;
                return new StandIn(
                    new SsoTest(directory["directory_id"]!.GetValue<string>(), application["client_id"]!.GetValue<string>(), application["client_secret"]!.GetValue<string>()),
                    directory["people"]![0]!["user_principal_name"]!.GetValue<string>());
            }
            catch (Exception e) when (e is HttpRequestException or System.Text.Json.JsonException)
            {
                return null;
            }
        }

        /// <returns>Why the browser did not come back to the API; null when it did.</returns>
        public async Task<string?> SignInAsync(Uri login)
        {
            using var browser = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, CookieContainer = new CookieContainer() });
            try
            {
                using var begun = await browser.GetAsync(login);
                if (begun.Headers.Location is not { } provider)
                {
                    return $"The API answered {(int)begun.StatusCode} instead of leading there: {await begun.Content.ReadAsStringAsync()}";
                }

                using var chosen = await browser.GetAsync(new Uri($"{provider}&account={Uri.EscapeDataString(Account)}"));
                if (chosen.Headers.Location is not { } callback)
                {
                    return $"The stand-in answered {(int)chosen.StatusCode} instead of leading back";
                }

                using var back = await browser.GetAsync(callback); // what it says is in the database as well
                return null;
            }
            catch (HttpRequestException e)
            {
                return e.Message;
            }
        }
    }
}
