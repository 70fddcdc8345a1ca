using Aspire.Hosting.Kubernetes.Resources;
using YamlDotNet.Serialization;

namespace SaaS.AppHost.Containers;

/// <summary>How often a one-shot that failed is tried again, and what it is.</summary>
public sealed class KubernetesJobSpec
{
    [YamlMember(Alias = "backoffLimit")]
    public int BackoffLimit { get; set; } = 6;

    [YamlMember(Alias = "template")]
    public PodTemplateSpecV1 Template { get; set; } = new();
}
