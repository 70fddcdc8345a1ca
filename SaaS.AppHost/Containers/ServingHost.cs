namespace SaaS.AppHost.Containers;

/// <summary>What the three hosts that stay have in common, beside the settings that the one-shots have as well.</summary>
internal static class ServingHost
{
    /// <summary>Starts when <paramref name="after"/> has ended well, is ready when its engines are, and has its numbers on a port that is never public.</summary>
    public static IResourceBuilder<ProjectResource> Serving(this IResourceBuilder<ProjectResource> host, IResourceBuilder<ProjectResource> after)
    {
        host.WaitForCompletion(after)
            .WithHttpHealthCheck("/health/ready", endpointName: "http")
            .DisableForwardedHeaders() // or whoever asks could say from where: ForwardedHeaders:KnownNetworks names the proxies that are believed
            .WithHttpEndpoint(name: "metrics", targetPort: host.ApplicationBuilder.ExecutionContext.IsPublishMode ? 9464 : null, env: "Metrics__Port")
            .WithUrlForEndpoint("metrics", _ => new ResourceUrlAnnotation { Url = "/metrics", DisplayText = "Metrics" });

        // Within a container's network; a process on this machine is asked at its loopback address.
        return host.ApplicationBuilder.ExecutionContext.IsPublishMode ? host.WithEnvironment("Metrics__Address", "0.0.0.0") : host;
    }
}
