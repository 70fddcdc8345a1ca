namespace SaaS.AppHost.Containers;

/// <summary>What is published beside the manifest. A target in the model changes the manifest's types: it is added only when it is asked for.</summary>
internal static class DeployTargets
{
    /// <summary>What runs to its end once, before the others.</summary>
    public static readonly string[] OneShots = ["migrate", "vault-prepare"];

    /// <exception cref="InvalidOperationException">The target needs a package that this build was made without.</exception>
    public static void Add(IDistributedApplicationBuilder builder, DrawingOptions options)
    {
        switch (options.Target)
        {
            case DeployTarget.Compose:
                ComposeTarget.Add(builder);
                break;
            case DeployTarget.Kubernetes:
#if KUBERNETES
                KubernetesTarget.Add(builder);
                break;
#else
                throw new InvalidOperationException("Deploy:Target=kubernetes needs Aspire.Hosting.Kubernetes, which has no release, only previews: build with -p:AspireKubernetesVersion=…");
#endif
            default:
                break;
        }
    }
}
