namespace SaaS.AppHost.Containers;

/// <summary>For whom the drawing is published.</summary>
internal enum DeployTarget
{
    /// <summary>azd and whoever else reads aspire-manifest.json.</summary>
    Manifest,

    /// <summary>Docker Compose, on one machine.</summary>
    Compose,

    /// <summary>A Helm chart.</summary>
    Kubernetes,
}
