using System.ComponentModel.DataAnnotations;
using SaaS.Core;
using SaaS.Core.Operations;
using Spectre.Console;

namespace SaaS.Worker;

/// <summary><c>init</c>: what a new installation needs before anybody can do anything in it: an operator, and a tenant to try.</summary>
internal static class InitCommand
{
    private const string Usage =
        """
        Usage: SaaS.Worker init [--create-admin] [--create-test-tenant] [--non-interactive]
          --create-admin        make the first operator of the platform
          --create-test-tenant  make a tenant to try, with the operator as its admin
          --non-interactive     ask nothing
        Asked for, or taken from the environment: ADMIN_EMAIL (admin@example.com), ADMIN_FIRST_NAME (Admin), ADMIN_LAST_NAME (User),
        ADMIN_PASSWORD, TEST_TENANT_NAME (Test Tenant). In Development ADMIN_PASSWORD may be left out: the password is then
        12345678, and has to be changed at the first sign-in. What is there already is left as it is.
        Exit codes: 0 done; 1 refused, with the reason; 2 not understood.
        """;

    private static readonly string[] Options = ["--create-admin", "--create-test-tenant", "--non-interactive"];

    public static async Task<int> RunAsync(string[] arguments, CommandHost command)
    {
        if (arguments is ["--help" or "-h"])
        {
            return await Commands.ExplainAsync(Usage, Commands.Done);
        }

        if (arguments.Length == 0 || arguments.Except(Options).Any())
        {
            return await Commands.ExplainAsync(Usage, Commands.NotUnderstood);
        }

        using var host = CommandHost.Build(command.CreateBuilder());
        var answers = new Answers(AnsiConsole.Console, asks: !arguments.Contains("--non-interactive"));
        var email = answers.Get("ADMIN_EMAIL", "The operator's e-mail address", "admin@example.com");

        if (arguments.Contains("--create-admin") && await CreateAdminAsync(host.Services, email, answers, host.Services.GetRequiredService<IHostEnvironment>().IsDevelopment()) is { } refused)
        {
            return Refuse(refused);
        }

        return arguments.Contains("--create-test-tenant") && await CreateTenantAsync(host.Services, email, answers) is { } problem
            ? Refuse(problem)
            : Commands.Done;
    }

    /// <returns>Why there is no operator now; null when there is.</returns>
    private static async Task<string?> CreateAdminAsync(IServiceProvider services, string email, Answers answers, bool isDevelopment)
    {
        var admin = new PlatformAdmin(
            email,
            answers.Get("ADMIN_FIRST_NAME", "First name", "Admin"),
            answers.Get("ADMIN_LAST_NAME", "Last name", "User"),
            answers.GetSecret("ADMIN_PASSWORD", isDevelopment ? "Password (empty for the default one, which has to be changed)" : "Password"));
        try
        {
            switch (await services.CreatePlatformAdminAsync(admin, CancellationToken.None))
            {
                case PlatformAdminOutcome.Created:
                    Console.Out.WriteLine($"Made the operator {email}.{(admin.Password is null ? " The password is 12345678; it opens nothing but its own change." : "")}");
                    return null;
                case PlatformAdminOutcome.AlreadyThere:
                    Console.Out.WriteLine($"The operator {email} is there already, and was left as it is.");
                    return null;
                default:
                    return $"{email} is an ordinary account, and is not made an operator: whoever registered it first may be anybody.";
            }
        }
        catch (ValidationException refused)
        {
            return refused.Message;
        }
    }

    private static async Task<string?> CreateTenantAsync(IServiceProvider services, string email, Answers answers)
    {
        var name = answers.Get("TEST_TENANT_NAME", "The test tenant's name", "Test Tenant");
        var created = await services.CreateTestTenantAsync(name, email, CancellationToken.None);
        Console.Out.WriteLine(created.Said);
        return created.IsThere ? null : "There is no test tenant.";
    }

    private static int Refuse(string why)
    {
        Console.Error.WriteLine(why);
        return Commands.SomeFailed;
    }

    /// <summary>What the environment says, or else who sits at the terminal, or else what is usual.</summary>
    private sealed class Answers(IAnsiConsole console, bool asks)
    {
        private bool CanAsk => asks && console.Profile.Capabilities.Interactive && !Console.IsInputRedirected;

        public string Get(string variable, string question, string usual) =>
            Environment.GetEnvironmentVariable(variable) is { Length: > 0 } given ? given
            : CanAsk ? console.Prompt(new TextPrompt<string>(question).DefaultValue(usual))
            : usual;

        public string? GetSecret(string variable, string question)
        {
            var secret = Environment.GetEnvironmentVariable(variable) ?? (CanAsk ? console.Prompt(new TextPrompt<string>(question).Secret().AllowEmpty()) : null);
            return string.IsNullOrEmpty(secret) ? null : secret;
        }
    }
}
