using SaaS.AppHost.Lifecycle;

namespace SaaS.AppHost.Resources;

internal static class EntraStandInResource
{
    /// <summary>
    /// Adds the stand-in for Microsoft Entra ID when <c>--entra-stand-in</c> is given, and configures the hosts to use it. It gets none
    /// of the hosts' settings.
    /// </summary>
    public static void AddEntraStandIn(
        this IDistributedApplicationBuilder builder,
        string name,
        AppHostRun run,
        params IResourceBuilder<ProjectResource>[] hosts
    )
    {
        if (!run.Options.EntraStandIn)
        {
            return;
        }

        var entra = builder
            .AddProject<Projects.SaaS_EntraStandIn>(name)
            .WithHttpEndpoint(port: run.Ports.Entra, name: "http", isProxied: false)
            .WithEnvironment("Health__InstanceId", run.InstanceId)
            .WithHttpHealthCheck("/health/ready", endpointName: "http")
            .WithUrlForEndpoint("http", url => (url.Url, url.DisplayText) = ($"{url.Url}/stand-in", "Who can sign in"));
        foreach (var host in hosts)
        {
            host.WithEnvironment("Entra__Authority", run.EntraAddress).WithEnvironment("Entra__Graph", run.EntraAddress).WaitFor(entra);
        }
    }
}
