using System.CommandLine;
using SaaS.Core;
using SaaS.Core.Operations;

namespace SaaS.Worker.Commands;

/// <summary>
/// Builds the host of a command. It uses the settings of the hosts; without any, it uses the stack that <c>dotnet run --project
/// SaaS.AppHost</c> has started.
/// </summary>
internal static class CommandHost
{
    /// <summary>An option of every command.</summary>
    public static readonly Option<string?> DataFolder = new("--data")
    {
        Description = "the data folder of the stack, if several are running",
        HelpName = "DIR",
        Recursive = true,
    };

    /// <summary>Environment variables of which any indicates a configured installation.</summary>
    private static readonly string[] ConfigurationVariables =
    [
        "ConnectionStrings__saas-platform",
        "ConnectionStrings__saas_platform",
        "Secrets__Source",
        "DATABASE_URL",
        "USE_VAULT",
    ];

    /// <exception cref="RunningStackException">There is no stack to work on, or more than one.</exception>
    public static HostApplicationBuilder CreateBuilder(ParseResult parsed)
    {
        var dataFolder = parsed.GetValue(DataFolder);
        var isConfigured = ConfigurationVariables.Any(name => Environment.GetEnvironmentVariable(name) is not null);
        var stack = dataFolder is null && isConfigured ? null : RunningStack.Find(dataFolder);
        var builder = Host.CreateApplicationBuilder(
            new HostApplicationBuilderSettings { EnvironmentName = stack?.Settings.GetValueOrDefault("DOTNET_ENVIRONMENT") }
        );
        if (stack is not null)
        {
            Console.Error.WriteLine($"On the stack in {stack.DataFolder}"); // scripts read standard output
            builder.Configuration.AddInMemoryCollection(stack.Settings);
        }

        builder.AddCore(provisions: true);
        return builder;
    }

    /// <summary>Builds the host and rejects unknown settings, which otherwise only starting the host would do.</summary>
    public static IHost Build(HostApplicationBuilder builder)
    {
        var host = builder.Build();
        host.Services.RequireKnownSettings();
        return host;
    }
}
