using System.Text.Json;
using SaaS.Core;

namespace SaaS.Worker;

/// <summary>
/// What a command runs in. It is configured as the hosts are; where nothing is, it works on the stack that
/// <c>dotnet run --project SaaS.AppHost</c> has started, whose settings lie in its data folder while it runs.
/// </summary>
internal static class CommandHost
{
    /// <summary>Whoever sets one of these means an installation of their own.</summary>
    private static readonly string[] Configured = ["ConnectionStrings__saas-platform", "Secrets__Source", "DATABASE_URL", "USE_VAULT"];

    private const string SettingsFile = "SAAS_HOSTS_FILE";

    public static HostApplicationBuilder CreateBuilder()
    {
        var running = Configured.All(name => Environment.GetEnvironmentVariable(name) is null) ? FindRunningStack() : null;
        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { EnvironmentName = running?.GetValueOrDefault("DOTNET_ENVIRONMENT") });
        if (running is not null)
        {
            builder.Configuration.AddInMemoryCollection(running);
        }

        builder.AddSaaSCore();
        return builder;
    }

    private static Dictionary<string, string?>? FindRunningStack()
    {
        var file = Environment.GetEnvironmentVariable(SettingsFile) ?? Ancestors(AppContext.BaseDirectory).Select(folder => Path.Combine(folder, ".data", "hosts.json")).FirstOrDefault(File.Exists);
        return file is null ? null : JsonSerializer.Deserialize<Dictionary<string, string?>>(File.ReadAllText(file));
    }

    private static IEnumerable<string> Ancestors(string folder)
    {
        for (var current = new DirectoryInfo(folder); current is not null; current = current.Parent)
        {
            yield return current.FullName;
        }
    }
}
