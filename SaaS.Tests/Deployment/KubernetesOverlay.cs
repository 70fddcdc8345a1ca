using k8s;
using k8s.Models;

namespace SaaS.Tests.Deployment;

/// <summary>
/// An overlay of deploy/kubernetes with everything that it includes; a field unknown to Kubernetes fails the reading. Patches are applied
/// only where these tests look: to the environment and resources of a container.
/// </summary>
internal sealed class KubernetesOverlay
{
    private readonly List<KustomizeImage> _images = [];
    private readonly List<KustomizeReplicas> _replicas = [];

    private KubernetesOverlay(string folder)
    {
        Folder = folder;
        Namespace = Include(folder).Namespace;
    }

    public string Folder { get; }

    public string? Namespace { get; }

    public List<IKubernetesObject<V1ObjectMeta>> Documents { get; } = [];

    /// <summary>The values of the ConfigMap saas-settings.</summary>
    public Dictionary<string, string> Settings { get; } = [];

    /// <summary>The keys of the Secret saas-secrets with example values, where the overlay generates it.</summary>
    public Dictionary<string, string> GeneratedSecrets { get; } = [];

    public static KubernetesOverlay Load(string name) => new(Path.Combine(PublishedModel.Root, "deploy", "kubernetes", "overlays", name));

    public IEnumerable<T> All<T>()
        where T : IKubernetesObject<V1ObjectMeta> => Documents.OfType<T>();

    public T Get<T>(string name)
        where T : IKubernetesObject<V1ObjectMeta> => All<T>().Single(document => document.Metadata.Name == name);

    /// <summary>The pods of all Deployments, StatefulSets and Jobs, by name.</summary>
    public Dictionary<string, V1PodSpec> Pods() =>
        Documents
            .Select(document => (document.Metadata.Name, Pod: Pod(document)))
            .Where(workload => workload.Pod is not null)
            .ToDictionary(workload => workload.Name, workload => workload.Pod!);

    public V1Container Container(string workload) => Assert.Single(Pods()[workload].Containers);

    /// <summary>Returns the image after the replacements of the overlay.</summary>
    public string Image(string workload)
    {
        var parts = Container(workload).Image.Split(':');
        return _images.SingleOrDefault(image => image.Name == parts[0]) is { } replaced
            ? $"{replaced.NewName}:{replaced.NewTag}"
            : Container(workload).Image;
    }

    public int Replicas(string deployment) =>
        _replicas.SingleOrDefault(replicas => replicas.Name == deployment)?.Count ?? Get<V1Deployment>(deployment).Spec.Replicas ?? 1;

    /// <summary>The environment of a workload: the variables that its container names, and the settings where it includes them.</summary>
    public Dictionary<string, V1EnvVar> Environment(string workload)
    {
        var container = Container(workload);
        var environment = (container.Env ?? []).ToDictionary(variable => variable.Name);
        foreach (var source in container.EnvFrom ?? [])
        {
            Assert.Equal("saas-settings", source.ConfigMapRef.Name);
            foreach (var (key, value) in Settings)
            {
                environment.Add(key, new V1EnvVar { Name = key, Value = value });
            }
        }

        return environment;
    }

    private static V1PodSpec? Pod(object document) =>
        document switch
        {
            V1Deployment deployment => deployment.Spec.Template.Spec,
            V1StatefulSet stateful => stateful.Spec.Template.Spec,
            V1Job job => job.Spec.Template.Spec,
            _ => null,
        };

    private static List<object> ReadStrictly(string path) => KubernetesYaml.LoadAllFromString(File.ReadAllText(path), strict: true);

    private Kustomization Include(string folder)
    {
        var kustomization = Kustomization.Load(folder);
        foreach (
            var path in kustomization
                .Resources.Concat(kustomization.Components)
                .Select(resource => Path.GetFullPath(Path.Combine(folder, resource)))
        )
        {
            if (Directory.Exists(path))
            {
                Include(path);
            }
            else
            {
                Documents.AddRange(ReadStrictly(path).Cast<IKubernetesObject<V1ObjectMeta>>());
            }
        }

        foreach (var generator in kustomization.ConfigMapGenerator)
        {
            Assert.Equal("saas-settings", generator.Name);
            Assert.Equal(Settings.Count is 0 ? null : "merge", generator.Behavior);
            foreach (var (name, value) in Values(folder, generator))
            {
                Settings[name] = value;
            }
        }

        foreach (var (name, value) in kustomization.SecretGenerator.SelectMany(generator => Values(folder, generator)))
        {
            GeneratedSecrets.Add(name, value);
        }

        _images.AddRange(kustomization.Images);
        _replicas.AddRange(kustomization.Replicas);
        foreach (var patch in kustomization.Patches.SelectMany(patch => ReadStrictly(Path.Combine(folder, patch.Path))))
        {
            Apply((IKubernetesObject<V1ObjectMeta>)patch);
        }

        return kustomization;
    }

    // A file .env is not committed; its example has the same names.
    private static IEnumerable<(string Name, string Value)> Values(string folder, KustomizeGenerator generator) =>
        generator
            .Envs.SelectMany(file =>
                EnvironmentFile
                    .Read(Path.Combine(folder, file is ".env" ? ".env.example" : file))
                    .Select(variable => (variable.Name, variable.Value))
            )
            .Concat(generator.Literals.Select(literal => literal.Split('=', 2)).Select(parts => (parts[0], parts[1])));

    private void Apply(IKubernetesObject<V1ObjectMeta> patch)
    {
        var target = Documents.Single(document => document.GetType() == patch.GetType() && document.Metadata.Name == patch.Metadata.Name);
        foreach (var changed in Pod(patch)!.Containers)
        {
            var container = Pod(target)!.Containers.Single(container => container.Name == changed.Name);
            container.Resources = changed.Resources ?? container.Resources;
            foreach (var variable in changed.Env ?? [])
            {
                Assert.DoesNotContain(container.Env, other => other.Name == variable.Name);
                container.Env.Add(variable);
            }
        }
    }
}
