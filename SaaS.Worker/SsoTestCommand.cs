using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using SaaS.Core;
using SaaS.Core.Identity.Sso.Configuration;
using Spectre.Console;

namespace SaaS.Worker;

/// <summary>
/// <c>sso-test</c>: tests single sign-on from end to end, with a person at a browser or unattended with the stand-in for Entra ID.
/// </summary>
internal static class SsoTestCommand
{
    private const string Usage = """
        Usage: SaaS.Worker sso-test [--directory ID --client-id ID] [--stand-in] [--wait MINUTES]
          Creates a test tenant, prints where to sign in, waits for the sign-in, and checks every step.
          --directory ID   the directory's id, or one of its domains; or SSO_TEST_DIRECTORY
          --client-id ID   the application registered there; or SSO_TEST_CLIENT_ID. The client secret is read from
                           SSO_TEST_CLIENT_SECRET, or prompted for. The redirect URI is Sso:CallbackAddress
          --stand-in       use the stand-in for Entra ID that `dotnet run --project SaaS.AppHost -- --entra-stand-in` starts;
                           it needs no other option and signs in by itself
          --wait MINUTES   the time for the sign-in (default 10)
        Exit codes: 0 all steps passed; 1 a step failed; 2 invalid arguments.
        """;

    public static async Task<int> RunAsync(string[] arguments, CommandHost command)
    {
        if (arguments is ["--help" or "-h"])
        {
            return await Commands.PrintAsync(Usage, Commands.Success);
        }

        if (Parse(arguments) is not { } asked)
        {
            return await Commands.PrintAsync(Usage, Commands.InvalidArguments);
        }

        using var host = CommandHost.Build(command.CreateBuilder());
        var standIn = asked.StandIn ? await StandIn.FindAsync(host.Services.GetRequiredService<IConfiguration>()["Entra:Authority"]) : null;
        if (asked.StandIn && standIn is null)
        {
            await Console.Error.WriteLineAsync(
                "There is no stand-in at Entra:Authority: start the stack with dotnet run --project SaaS.AppHost -- --entra-stand-in"
            );
            return Commands.Failed;
        }

        var test =
            standIn?.Test
            ?? new SsoTest(
                asked.Directory!,
                asked.ClientId!,
                Environment.GetEnvironmentVariable("SSO_TEST_CLIENT_SECRET")
                    ?? AnsiConsole.Prompt(new TextPrompt<string>("Client secret").Secret())
            );
        var holds = true;
        using var waiting = new CancellationTokenSource();
        try
        {
            await foreach (var step in host.Services.TestSsoAsync(test, asked.Wait, waiting.Token))
            {
                Print(step);
                holds &= step.Succeeded;
                if (step.LoginAddress is { } address)
                {
                    Console.Out.WriteLine($"  Sign in at {address.AbsoluteUri}"); // not wrapped by the terminal
                    if (standIn is not null && await standIn.SignInAsync(address) is { } trouble)
                    {
                        Print(new SsoTestStep("Sign-in at the stand-in", Succeeded: false, trouble));
                        await waiting.CancelAsync(); // no other sign-in will come
                    }
                }
            }
        }
        catch (OperationCanceledException) when (waiting.IsCancellationRequested)
        {
            return Commands.Failed;
        }

        return holds ? Commands.Success : Commands.Failed;
    }

    private static void Print(SsoTestStep step) =>
        AnsiConsole.MarkupLineInterpolated(
            CultureInfo.InvariantCulture,
            $"[{(step.Succeeded ? "green" : "red")}]{(step.Succeeded ? "✓" : "✗")}[/] {step.Name}  [grey]{step.Detail}[/]"
        );

    private static SsoTestArguments? Parse(string[] arguments)
    {
        var asked = new SsoTestArguments(
            Environment.GetEnvironmentVariable("SSO_TEST_DIRECTORY"),
            Environment.GetEnvironmentVariable("SSO_TEST_CLIENT_ID"),
            StandIn: false,
            TimeSpan.FromMinutes(10)
        );
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

    private sealed record SsoTestArguments(string? Directory, string? ClientId, bool StandIn, TimeSpan Wait);

    /// <summary>The stand-in for Entra ID, which publishes its secrets, and a browser that signs in its first user.</summary>
    private sealed record StandIn(SsoTest Test, string Account)
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
                    new SsoTest(
                        directory["directory_id"]!.GetValue<string>(),
                        application["client_id"]!.GetValue<string>(),
                        application["client_secret"]!.GetValue<string>()
                    ),
                    directory["people"]![0]!["user_principal_name"]!.GetValue<string>()
                );
            }
            catch (Exception e) when (e is HttpRequestException or System.Text.Json.JsonException)
            {
                return null;
            }
        }

        /// <returns>The reason why the browser did not return to the API; null when it did.</returns>
        public async Task<string?> SignInAsync(Uri login)
        {
            using var browser = new HttpClient(
                new SocketsHttpHandler { AllowAutoRedirect = false, CookieContainer = new CookieContainer() }
            );
            try
            {
                using var begun = await browser.GetAsync(login);
                if (begun.Headers.Location is not { } provider)
                {
                    return $"The API answered {(int)begun.StatusCode} instead of redirecting to the provider: {await begun.Content.ReadAsStringAsync()}";
                }

                using var chosen = await browser.GetAsync(new Uri($"{provider}&account={Uri.EscapeDataString(Account)}"));
                if (chosen.Headers.Location is not { } callback)
                {
                    return $"The stand-in answered {(int)chosen.StatusCode} instead of redirecting back";
                }

                using var back = await browser.GetAsync(callback); // its result is read from the database
                return null;
            }
            catch (HttpRequestException e)
            {
                return e.Message;
            }
        }
    }
}
