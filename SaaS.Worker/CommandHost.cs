using SaaS.Core;

namespace SaaS.Worker;

/// <summary>
/// Builds the host of a command. It uses the settings of the hosts; without any, it uses the stack that <c>dotnet run --project
/// SaaS.AppHost</c> has started.
/// </summary>
/// <param name="dataFolder">The data folder of the stack, from <c>--data</c>; null when only one stack is running.</param>
internal sealed class CommandHost(string? dataFolder)
{
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
    public HostApplicationBuilder CreateBuilder()
    {
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
        host.Services.RequireKnownSaaSSettings();
        return host;
    }
}
