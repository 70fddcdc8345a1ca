using System.Diagnostics.CodeAnalysis;
using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;

namespace SaaS.Tests.Deployment;

/// <summary>A kustomization.yaml. An element unknown to these classes fails the reading.</summary>
[SuppressMessage("Performance", "CA1812", Justification = "YamlDotNet creates it.")]
internal sealed class Kustomization
{
    public string ApiVersion { get; set; } = "";

    public string Kind { get; set; } = "";

    public string? Namespace { get; set; }

    public List<string> Resources { get; set; } = [];

    public List<string> Components { get; set; } = [];

    public List<KustomizeGenerator> ConfigMapGenerator { get; set; } = [];

    public List<KustomizeGenerator> SecretGenerator { get; set; } = [];

    public List<KustomizeImage> Images { get; set; } = [];

    public List<KustomizeReplicas> Replicas { get; set; } = [];

    public List<KustomizePatch> Patches { get; set; } = [];

    public static Kustomization Load(string folder) =>
        new DeserializerBuilder()
            .WithNamingConvention(CamelCaseNamingConvention.Instance)
            .WithDuplicateKeyChecking()
            .WithEnforceNullability()
            .Build()
            .Deserialize<Kustomization>(File.ReadAllText(Path.Combine(folder, "kustomization.yaml")));
}

[SuppressMessage("Performance", "CA1812", Justification = "YamlDotNet creates it.")]
internal sealed class KustomizeGenerator
{
    public string Name { get; set; } = "";

    public string? Behavior { get; set; }

    public List<string> Envs { get; set; } = [];

    public List<string> Literals { get; set; } = [];
}

[SuppressMessage("Performance", "CA1812", Justification = "YamlDotNet creates it.")]
internal sealed class KustomizeImage
{
    public string Name { get; set; } = "";

    public string NewName { get; set; } = "";

    public string NewTag { get; set; } = "";
}

[SuppressMessage("Performance", "CA1812", Justification = "YamlDotNet creates it.")]
internal sealed class KustomizeReplicas
{
    public string Name { get; set; } = "";

    public int Count { get; set; }
}

[SuppressMessage("Performance", "CA1812", Justification = "YamlDotNet creates it.")]
internal sealed class KustomizePatch
{
    public string Path { get; set; } = "";
}
