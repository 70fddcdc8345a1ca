using System.CommandLine;
using System.ComponentModel.DataAnnotations;
using SaaS.Core.Operations;
using Spectre.Console;

namespace SaaS.Worker.Commands;

/// <summary><c>init</c>: creates what a new installation needs before its first use: a platform administrator, and a test tenant.</summary>
internal static class InitCommand
{
    private static readonly Option<bool> CreateAdmin = new("--create-admin")
    {
        Description =
            "create the first platform administrator: ADMIN_EMAIL (admin@example.com), ADMIN_FIRST_NAME (Admin), "
            + "ADMIN_LAST_NAME (User), ADMIN_PASSWORD (in Development 12345678, to be changed at the first sign-in)",
    };

    private static readonly Option<bool> CreateTenant = new("--create-test-tenant")
    {
        Description = "create a test tenant, with the platform administrator as its admin: TEST_TENANT_NAME (Test Tenant)",
    };

    private static readonly Option<bool> NonInteractive = new("--non-interactive")
    {
        Description = "do not prompt for values that are not in the environment; use the defaults",
    };

    public static Command Create()
    {
        var command = new Command("init", "Create the first platform administrator and a test tenant; existing ones are not changed")
        {
            CreateAdmin,
            CreateTenant,
            NonInteractive,
        };
        command.Validators.Add(result =>
        {
            if (!result.GetValue(CreateAdmin) && !result.GetValue(CreateTenant))
            {
                result.AddError("Give --create-admin, --create-test-tenant, or both.");
            }
        });
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken ct)
    {
        using var host = CommandHost.Build(CommandHost.CreateBuilder(parsed));
        var input = new InitInput(AnsiConsole.Console, asks: !parsed.GetValue(NonInteractive));
        var email = input.Get("ADMIN_EMAIL", "Email address of the platform administrator", "admin@example.com");

        if (parsed.GetValue(CreateAdmin) && await CreateAdminAsync(host.Services, email, input, ct) is { } rejection)
        {
            return await ExitCode.FailAsync(rejection);
        }

        return parsed.GetValue(CreateTenant) && await CreateTenantAsync(host.Services, email, input, ct) is { } problem
            ? await ExitCode.FailAsync(problem)
            : ExitCode.Success;
    }

    /// <returns>The reason why there is no platform administrator; null on success.</returns>
    private static async Task<string?> CreateAdminAsync(IServiceProvider services, string email, InitInput input, CancellationToken ct)
    {
        var isDevelopment = services.GetRequiredService<IHostEnvironment>().IsDevelopment();
        var admin = new PlatformAdmin(
            email,
            input.Get("ADMIN_FIRST_NAME", "First name", "Admin"),
            input.Get("ADMIN_LAST_NAME", "Last name", "User"),
            input.GetSecret("ADMIN_PASSWORD", isDevelopment ? "Password (empty for the default, which must be changed)" : "Password")
        );
        try
        {
            switch (await services.CreatePlatformAdminAsync(admin, ct))
            {
                case PlatformAdminOutcome.Created:
                    Console.Out.WriteLine(
                        $"Created the platform administrator {email}.{(admin.Password is null ? " The password is 12345678 and must be changed at the first sign-in." : "")}"
                    );
                    return null;
                case PlatformAdminOutcome.AlreadyExists:
                    Console.Out.WriteLine($"The platform administrator {email} exists and was not changed.");
                    return null;
                default:
                    return $"{email} is an ordinary account and does not become a platform administrator: anyone may have registered it.";
            }
        }
        catch (ValidationException refused)
        {
            return refused.Message;
        }
    }

    private static async Task<string?> CreateTenantAsync(IServiceProvider services, string email, InitInput input, CancellationToken ct)
    {
        var name = input.Get("TEST_TENANT_NAME", "The test tenant's name", "Test Tenant");
        var created = await services.CreateTestTenantAsync(name, email, ct);
        Console.Out.WriteLine(created.Message);
        return created.Exists ? null : "There is no test tenant.";
    }

    /// <summary>Values from the environment, from a prompt, or by default.</summary>
    private sealed class InitInput(IAnsiConsole console, bool asks)
    {
        private bool CanAsk => asks && console.Profile.Capabilities.Interactive && !Console.IsInputRedirected;

        public string Get(string variable, string question, string usual) =>
            Environment.GetEnvironmentVariable(variable) is { Length: > 0 } given ? given
            : CanAsk ? console.Prompt(new TextPrompt<string>(question).DefaultValue(usual))
            : usual;

        public string? GetSecret(string variable, string question)
        {
            var secret =
                Environment.GetEnvironmentVariable(variable)
                ?? (CanAsk ? console.Prompt(new TextPrompt<string>(question).Secret().AllowEmpty()) : null);
            return string.IsNullOrEmpty(secret) ? null : secret;
        }
    }
}
