using System.ComponentModel.DataAnnotations;
using SaaS.Core;
using SaaS.Core.Operations;
using Spectre.Console;

namespace SaaS.Worker;

/// <summary><c>init</c>: creates what a new installation needs before its first use: a platform administrator, and a test tenant.</summary>
internal static class InitCommand
{
    private const string Usage = """
        Usage: SaaS.Worker init [--create-admin] [--create-test-tenant] [--non-interactive]
          --create-admin        create the first platform administrator
          --create-test-tenant  create a test tenant, with the platform administrator as its admin
          --non-interactive     do not prompt
        Prompted for, or read from the environment: ADMIN_EMAIL (admin@example.com), ADMIN_FIRST_NAME (Admin), ADMIN_LAST_NAME (User),
        ADMIN_PASSWORD, TEST_TENANT_NAME (Test Tenant). In Development ADMIN_PASSWORD may be omitted: the password is then
        12345678, and must be changed at the first sign-in. Existing accounts and tenants are not changed.
        Exit codes: 0 success; 1 rejected, with the reason; 2 invalid arguments.
        """;

    private static readonly string[] Options = ["--create-admin", "--create-test-tenant", "--non-interactive"];

    public static async Task<int> RunAsync(string[] arguments, CommandHost command)
    {
        if (arguments is ["--help" or "-h"])
        {
            return await Commands.PrintAsync(Usage, Commands.Success);
        }

        if (arguments.Length == 0 || arguments.Except(Options).Any())
        {
            return await Commands.PrintAsync(Usage, Commands.InvalidArguments);
        }

        using var host = CommandHost.Build(command.CreateBuilder());
        var input = new InitInput(AnsiConsole.Console, asks: !arguments.Contains("--non-interactive"));
        var email = input.Get("ADMIN_EMAIL", "Email address of the platform administrator", "admin@example.com");

        if (
            arguments.Contains("--create-admin")
            && await CreateAdminAsync(host.Services, email, input, host.Services.GetRequiredService<IHostEnvironment>().IsDevelopment())
                is { } refused
        )
        {
            return Fail(refused);
        }

        return arguments.Contains("--create-test-tenant") && await CreateTenantAsync(host.Services, email, input) is { } problem
            ? Fail(problem)
            : Commands.Success;
    }

    /// <returns>The reason why there is no platform administrator; null on success.</returns>
    private static async Task<string?> CreateAdminAsync(IServiceProvider services, string email, InitInput input, bool isDevelopment)
    {
        var admin = new PlatformAdmin(
            email,
            input.Get("ADMIN_FIRST_NAME", "First name", "Admin"),
            input.Get("ADMIN_LAST_NAME", "Last name", "User"),
            input.GetSecret("ADMIN_PASSWORD", isDevelopment ? "Password (empty for the default, which must be changed)" : "Password")
        );
        try
        {
            switch (await services.CreatePlatformAdminAsync(admin, CancellationToken.None))
            {
                case PlatformAdminOutcome.Created:
                    Console.Out.WriteLine(
                        $"Made the operator {email}.{(admin.Password is null ? " The password is 12345678 and must be changed at the first sign-in." : "")}"
                    );
                    return null;
                case PlatformAdminOutcome.AlreadyExists:
                    Console.Out.WriteLine($"The operator {email} is there already, and was left as it is.");
                    return null;
                default:
                    return $"{email} is an ordinary account and does not become an operator: anyone may have registered it.";
            }
        }
        catch (ValidationException refused)
        {
            return refused.Message;
        }
    }

    private static async Task<string?> CreateTenantAsync(IServiceProvider services, string email, InitInput input)
    {
        var name = input.Get("TEST_TENANT_NAME", "The test tenant's name", "Test Tenant");
        var created = await services.CreateTestTenantAsync(name, email, CancellationToken.None);
        Console.Out.WriteLine(created.Message);
        return created.Exists ? null : "There is no test tenant.";
    }

    private static int Fail(string why)
    {
        Console.Error.WriteLine(why);
        return Commands.Failed;
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
