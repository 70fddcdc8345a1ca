using Aspire.Hosting.Kubernetes.Resources;
using YamlDotNet.Serialization;

namespace SaaS.AppHost.Containers;

/// <summary>A pod that runs to its end once. The publisher knows workloads that stay, and would start a one-shot again for ever.</summary>
public sealed class KubernetesJob() : Workload("batch/v1", "Job")
{
    [YamlMember(Alias = "spec")]
    public KubernetesJobSpec Spec { get; } = new();

    public override PodTemplateSpecV1 PodTemplate => Spec.Template;
}
