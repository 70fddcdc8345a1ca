using System.CommandLine;
using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using SaaS.Core.Identity.Sso.Configuration;
using SaaS.Core.Operations;
using Spectre.Console;

namespace SaaS.Worker.Commands;

/// <summary>
/// <c>sso-test</c>: tests single sign-on from end to end, with a person at a browser or unattended with the stand-in for Entra ID.
/// </summary>
internal static class SsoTestCommand
{
    private static readonly Option<string?> Directory = new("--directory")
    {
        Description = "the directory's id, or one of its domains (or SSO_TEST_DIRECTORY)",
        HelpName = "ID",
        DefaultValueFactory = _ => Environment.GetEnvironmentVariable("SSO_TEST_DIRECTORY"),
    };

    private static readonly Option<string?> ClientId = new("--client-id")
    {
        Description =
            "the application registered there (or SSO_TEST_CLIENT_ID), with the redirect URI of Sso:CallbackAddress; "
            + "its secret is read from SSO_TEST_CLIENT_SECRET, or prompted for",
        HelpName = "ID",
        DefaultValueFactory = _ => Environment.GetEnvironmentVariable("SSO_TEST_CLIENT_ID"),
    };

    private static readonly Option<bool> UseStandIn = new("--stand-in")
    {
        Description =
            "use the stand-in for Entra ID that `dotnet run --project SaaS.AppHost -- --entra-stand-in` starts; it signs in by itself",
    };

    private static readonly Option<int> Wait = IntegerOption.Create(
        "--wait",
        "the time for the sign-in in minutes",
        "MINUTES",
        preset: 10,
        max: 1_000
    );

    public static Command Create()
    {
        var command = new Command("sso-test", "Test single sign-on: create a test tenant, wait for a sign-in and check every step")
        {
            Directory,
            ClientId,
            UseStandIn,
            Wait,
        };
        command.Validators.Add(result =>
        {
            if (
                !result.GetValue(UseStandIn)
                && (result.GetValue(Directory) is not { Length: > 0 } || result.GetValue(ClientId) is not { Length: > 0 })
            )
            {
                result.AddError("Give --directory and --client-id, or --stand-in.");
            }
        });
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken ct)
    {
        using var host = CommandHost.Build(CommandHost.CreateBuilder(parsed));
        var usesStandIn = parsed.GetValue(UseStandIn);
        var standIn = usesStandIn ? await StandIn.FindAsync(host.Services.GetRequiredService<IConfiguration>()["Entra:Authority"]) : null;
        if (usesStandIn && standIn is null)
        {
            return await ExitCode.FailAsync(
                "There is no stand-in at Entra:Authority: start the stack with dotnet run --project SaaS.AppHost -- --entra-stand-in"
            );
        }

        var test =
            standIn?.Test
            ?? new SsoTest(
                parsed.GetRequiredValue(Directory)!,
                parsed.GetRequiredValue(ClientId)!,
                Environment.GetEnvironmentVariable("SSO_TEST_CLIENT_SECRET")
                    ?? AnsiConsole.Prompt(new TextPrompt<string>("Client secret").Secret())
            );
        var holds = true;
        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(ct);
        try
        {
            await foreach (var step in host.Services.TestSsoAsync(test, TimeSpan.FromMinutes(parsed.GetValue(Wait)), waiting.Token))
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
            return ExitCode.Failed;
        }

        return holds ? ExitCode.Success : ExitCode.Failed;
    }

    private static void Print(SsoTestStep step) =>
        AnsiConsole.MarkupLineInterpolated(
            CultureInfo.InvariantCulture,
            $"[{(step.Succeeded ? "green" : "red")}]{(step.Succeeded ? "✓" : "✗")}[/] {step.Name}  [grey]{step.Detail}[/]"
        );

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
