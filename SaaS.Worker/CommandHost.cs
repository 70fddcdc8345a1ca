using SaaS.Core;

namespace SaaS.Worker;

/// <summary>
/// The host of a command. It is configured as the hosts are; where nothing is, it works on the stack that
/// <c>dotnet run --project SaaS.AppHost</c> has started.
/// </summary>
/// <param name="dataFolder">The data folder of the stack, from <c>--data</c>; null where there should be one stack alone.</param>
internal sealed class CommandHost(string? dataFolder)
{
    /// <summary>Any of these means an installation of its own.</summary>
    private static readonly string[] Configured =
        ["ConnectionStrings__saas-platform", "ConnectionStrings__saas_platform", "Secrets__Source", "DATABASE_URL", "USE_VAULT"];

    /// <exception cref="RunningStackException">There is no stack to work on, or more than one.</exception>
    public HostApplicationBuilder CreateBuilder()
    {
        var isConfigured = Configured.Any(name => Environment.GetEnvironmentVariable(name) is not null);
        var stack = dataFolder is null && isConfigured ? null : RunningStack.Find(dataFolder);
        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings
        {
            EnvironmentName = stack?.Settings.GetValueOrDefault("DOTNET_ENVIRONMENT"),
        });
        if (stack is not null)
        {
            Console.Error.WriteLine($"On the stack in {stack.DataFolder}"); // not on the output, which scripts read
            builder.Configuration.AddInMemoryCollection(stack.Settings);
        }

        builder.AddCore(provisions: true);
        return builder;
    }

    /// <summary>Builds the host once its settings are known to be settings: none of its services is started, and what starts them would say so.</summary>
    public static IHost Build(HostApplicationBuilder builder)
    {
        var host = builder.Build();
        host.Services.RequireKnownSaaSSettings();
        return host;
    }
}
