using k8s.Models;
using SaaS.ServiceDefaults;

namespace SaaS.Tests.Deployment;

/// <summary>Tests that deploy/kubernetes matches the published app model, with each overlay.</summary>
public sealed class KubernetesTests
{
    private const string Secrets = "saas-secrets";

    /// <summary>Environment variables of the hosts that the app model does not have.</summary>
    private static readonly Dictionary<string, Difference[]> OnlyInOverlay = new()
    {
        ["development"] =
        [
            new("ASPNETCORE_ENVIRONMENT", "the app model is published for production, which is a host's own default"),
            new("DOTNET_ENVIRONMENT", "the same"),
            new("Encryption__MasterKey", "a key ring encrypts, so that a cluster to try things in needs no Vault"),
            new("Mail__Smtp__Security", "the mail catcher has no certificate"),
        ],
        ["production"] =
        [
            new("Kafka__SecurityProtocol", "a managed Kafka wants TLS and a login; the app model's is a container in a private network"),
            new("Kafka__SaslMechanism", "the same"),
            new("Kafka__SaslUsername", "the same"),
            new("Kafka__SaslPassword", "the same"),
        ],
    };

    /// <summary>Environment variables of the app model that the hosts do not have.</summary>
    private static readonly Dictionary<string, Difference[]> OnlyInModel = new()
    {
        ["development"] =
        [
            new("Vault__Address", "a key ring encrypts"),
            new("Vault__TransitMount", "the same"),
            new("Vault__RoleId", "the same"),
            new("Vault__SecretId", "the same"),
            new("ForwardedHeaders__KnownNetworks__0", "the API is reached by a forwarded port, without a proxy"),
            new("Mail__Smtp__UserName", "the mail catcher asks for no login"),
        ],
        ["production"] = [],
    };

    /// <summary>Environment variables with a constant in the app model and another value in the overlay.</summary>
    private static readonly Dictionary<string, Difference[]> OtherValues = new()
    {
        ["development"] = [new("Encryption__Provider", "a key ring encrypts")],
        ["production"] = [],
    };

    private static readonly Difference[] OnlyInDevelopment = [new("mail", "the app model sends through an external mail server")];

    private static readonly Dictionary<string, Difference[]> OnlyInBackingService = new()
    {
        ["minio"] = [new("HOME", "the program keeps its own files there, and its root is read-only")],
    };

    private readonly PublishedModel _model = PublishedModel.Load();

    public static TheoryData<string, string> OverlaysAndHosts =>
        [.. OnlyInModel.Keys.SelectMany(overlay => PublishedModel.Hosts.Select(host => (overlay, host)))];

    public static TheoryData<string> Overlays => [.. OnlyInModel.Keys];

    private IEnumerable<string> BackingServices => _model.Containers.Where(name => !name.StartsWith("vault", StringComparison.Ordinal));

    [Theory]
    [MemberData(nameof(OverlaysAndHosts))]
    public void A_host_has_the_environment_of_the_app_model(string name, string host)
    {
        var overlay = KubernetesOverlay.Load(name);
        var (published, deployed) = (_model.Environment(host), overlay.Environment(host));
        Difference.AssertEqual(deployed.Keys.Except(published.Keys), OnlyInOverlay[name]);
        Difference.AssertEqual(published.Keys.Except(deployed.Keys), OnlyInModel[name]);

        var others = new List<string>();
        foreach (var (key, expression) in published.Where(variable => deployed.ContainsKey(variable.Key)))
        {
            var reference = deployed[key].ValueFrom?.SecretKeyRef;
            Assert.Equal(_model.IsSecret(expression), reference is not null);
            if (reference is not null)
            {
                // The key has the name of the resource or parameter, as in {jwt-signing-key.value}.
                Assert.Equal((Secrets, expression.Trim('{').Split('.')[0]), (reference.Name, reference.Key));
            }
            else if (_model.Resolve(expression, _ => "{}") is var value && !value.Contains("{}", StringComparison.Ordinal))
            {
                others.AddRange(value == deployed[key].Value ? [] : [key]);
            }
            else
            {
                Assert.NotEqual("", deployed[key].Value);
            }
        }

        Difference.AssertEqual(others, OtherValues[name]);
    }

    [Theory]
    [MemberData(nameof(Overlays))]
    public void Only_migrate_gets_the_superuser(string name)
    {
        var overlay = KubernetesOverlay.Load(name);
        Assert.Equal(
            ["migrate"],
            PublishedModel.Hosts.Where(host =>
                overlay.Environment(host).Values.Any(variable => variable.ValueFrom?.SecretKeyRef?.Key is "postgres" or "postgres-password")
            )
        );
        Assert.All(
            overlay.Pods().Values.SelectMany(pod => pod.Containers).SelectMany(container => container.EnvFrom ?? []),
            source => Assert.Null(source.SecretRef)
        );
    }

    [Theory]
    [MemberData(nameof(OverlaysAndHosts))]
    public void A_host_runs_the_image_and_the_command_of_the_app_model(string name, string host)
    {
        var overlay = KubernetesOverlay.Load(name);
        var registry = name is "production" ? "registry.example.com/" : "";
        Assert.Equal($"{registry}{_model.Image(host)}", overlay.Image(host));
        Assert.Equal(_model.Arguments(host), overlay.Container(host).Args ?? []);
        Assert.Equal(host is "migrate", overlay.All<V1Job>().Any(job => job.Metadata.Name == host));
    }

    [Theory]
    [MemberData(nameof(OverlaysAndHosts))]
    public void A_host_has_the_ports_of_the_app_model_and_probes_on_them(string name, string host)
    {
        var container = KubernetesOverlay.Load(name).Container(host);
        Assert.Equal(_model.Ports(host), (container.Ports ?? []).ToDictionary(port => port.Name, port => $"{port.ContainerPort}"));
        if (host is "migrate")
        {
            return;
        }

        Assert.Equal($"{HealthEndpoints.Root}/{HealthEndpoints.Live}", container.StartupProbe.HttpGet.Path);
        Assert.Equal($"{HealthEndpoints.Root}/{HealthEndpoints.Live}", container.LivenessProbe.HttpGet.Path);
        Assert.Equal($"{HealthEndpoints.Root}/{HealthEndpoints.Ready}", container.ReadinessProbe.HttpGet.Path);
        Assert.All(
            [container.StartupProbe, container.LivenessProbe, container.ReadinessProbe],
            probe => Assert.Equal("http", probe.HttpGet.Port.Value)
        );
        Assert.Equal(120, container.StartupProbe.PeriodSeconds * container.StartupProbe.FailureThreshold);
    }

    [Theory]
    [MemberData(nameof(Overlays))]
    public void Every_pod_has_a_restricted_security_context(string name) =>
        Assert.All(
            KubernetesOverlay.Load(name).Pods(),
            workload =>
            {
                var (pod, container) = (workload.Value, Assert.Single(workload.Value.Containers));
                Assert.False(pod.AutomountServiceAccountToken);
                Assert.False(pod.EnableServiceLinks);
                Assert.True(pod.SecurityContext.RunAsNonRoot);
                Assert.Equal("RuntimeDefault", pod.SecurityContext.SeccompProfile.Type);
                Assert.False(container.SecurityContext.AllowPrivilegeEscalation);
                Assert.Equal(["ALL"], container.SecurityContext.Capabilities.Drop);
                Assert.Equal(workload.Key is not "kafka", container.SecurityContext.ReadOnlyRootFilesystem);
                Assert.Equal(["cpu", "memory"], container.Resources.Requests.Keys.Where(resource => resource is "cpu" or "memory").Order());
                Assert.Contains("memory", container.Resources.Limits.Keys);
                if (PublishedModel.Hosts.Contains(workload.Key))
                {
                    // The user app of the images: Kubernetes cannot tell from its name that it is not root.
                    Assert.Equal(1654, pod.SecurityContext.RunAsUser);
                    Assert.Equal(["/tmp"], container.VolumeMounts.Select(mount => mount.MountPath));
                    Assert.NotNull(Assert.Single(pod.Volumes).EmptyDir);
                }
            }
        );

    [Theory]
    [MemberData(nameof(Overlays))]
    public void Serving_hosts_survive_node_drains_and_upgrades(string name)
    {
        var overlay = KubernetesOverlay.Load(name);
        Assert.Equal(
            PublishedModel.ServingHosts.Order(),
            overlay.All<V1PodDisruptionBudget>().Select(budget => budget.Metadata.Name).Order()
        );
        Assert.All(
            PublishedModel.ServingHosts,
            host =>
            {
                var deployment = overlay.Get<V1Deployment>(host);
                var labels = deployment.Spec.Template.Metadata.Labels;
                Assert.Equal(host, labels["app.kubernetes.io/name"]);
                Assert.Equal(deployment.Spec.Selector.MatchLabels, overlay.Get<V1PodDisruptionBudget>(host).Spec.Selector.MatchLabels);
                Assert.Subset(labels.ToHashSet(), deployment.Spec.Selector.MatchLabels.ToHashSet());
                Assert.Equal("0", deployment.Spec.Strategy.RollingUpdate.MaxUnavailable.Value);

                var pod = deployment.Spec.Template.Spec;
                Assert.Equal(60, pod.TerminationGracePeriodSeconds - overlay.Container(host).Lifecycle.PreStop.Sleep.Seconds);
                Assert.All(
                    pod.TopologySpreadConstraints,
                    spread => Assert.Equal(deployment.Spec.Selector.MatchLabels, spread.LabelSelector.MatchLabels)
                );
            }
        );
    }

    [Theory]
    [MemberData(nameof(Overlays))]
    public void Services_target_the_ports_of_their_pods(string name)
    {
        var overlay = KubernetesOverlay.Load(name);
        Assert.Subset(
            overlay.All<V1Service>().Select(service => service.Metadata.Name).ToHashSet(),
            new HashSet<string> { "api", "scheduler" }
        );
        Assert.All(
            overlay.All<V1Service>(),
            service =>
            {
                var container = overlay.Container(service.Spec.Selector["app.kubernetes.io/name"]);
                Assert.All(
                    service.Spec.Ports,
                    port =>
                        Assert.Contains(
                            container.Ports,
                            target => target.Name == port.TargetPort.Value || $"{target.ContainerPort}" == port.TargetPort.Value
                        )
                );
                Assert.DoesNotContain(service.Spec.Ports, port => port.Name is "metrics" || port.TargetPort.Value is "metrics" or "9464");
            }
        );
    }

    [Theory]
    [MemberData(nameof(Overlays))]
    public void Network_policies_deny_all_traffic_by_default(string name)
    {
        var overlay = KubernetesOverlay.Load(name);
        var policies = overlay.All<V1NetworkPolicy>().ToDictionary(policy => policy.Metadata.Name, policy => policy.Spec);
        Assert.Null(policies["default-deny"].PodSelector.MatchLabels);
        Assert.Equal(["Ingress", "Egress"], policies["default-deny"].PolicyTypes);
        Assert.Null(policies["default-deny"].Ingress);
        Assert.Null(policies["default-deny"].Egress);

        // Only the ingress controller reaches the API, and only Prometheus reads metrics.
        var allowed = policies
            .Values.SelectMany(policy => policy.Ingress ?? [])
            .SelectMany(rule => rule.Ports, (rule, port) => (Port: port.Port.Value, rule.FromProperty))
            .ToLookup(rule => rule.Port, rule => rule.FromProperty);
        var requests = Assert.Single(Assert.Single(allowed[_model.Ports("api")["http"]]));
        Assert.Equal("ingress-nginx", requests.NamespaceSelector.MatchLabels["kubernetes.io/metadata.name"]);
        var metrics = Assert.Single(Assert.Single(allowed[_model.Ports("api")["metrics"]]));
        Assert.Equal("monitoring", metrics.NamespaceSelector.MatchLabels["kubernetes.io/metadata.name"]);
        Assert.Equal("prometheus", metrics.PodSelector.MatchLabels["app.kubernetes.io/name"]);
        Assert.All(policies.Values.SelectMany(policy => policy.Ingress ?? []), rule => Assert.NotEmpty(rule.FromProperty));
        Assert.All(policies.Values.SelectMany(policy => policy.Egress ?? []), rule => Assert.NotEmpty(rule.To));

        // The addresses that server-side request forgery targets: a cloud's metadata service and the cluster itself.
        Assert.Contains("169.254.0.0/16", policies["hosts-to-internet"].Egress.Single().To[0].IpBlock.Except);
        Assert.Contains("10.0.0.0/8", policies["hosts-to-internet"].Egress.Single().To[0].IpBlock.Except);
    }

    [Fact]
    public void The_backing_services_of_development_match_the_app_model()
    {
        var overlay = KubernetesOverlay.Load("development");
        Assert.Equal([], BackingServices.Except(overlay.Pods().Keys));
        Difference.AssertEqual(overlay.Pods().Keys.Except(BackingServices).Except(PublishedModel.Hosts), OnlyInDevelopment);
        Assert.All(
            BackingServices,
            name =>
            {
                var container = overlay.Container(name);
                Assert.Equal(_model.Image(name), container.Image);
                Assert.Equal(_model.Entrypoint(name) is { } entrypoint ? [entrypoint] : [], container.Command ?? []);
                Assert.Equal(_model.Arguments(name), container.Args ?? []);
                Assert.Subset(container.VolumeMounts.Select(mount => mount.MountPath).ToHashSet(), _model.VolumeTargets(name).ToHashSet());
                Assert.Equal(
                    _model.VolumeTargets(name),
                    container.VolumeMounts.Where(mount => mount.Name is "data").Select(mount => mount.MountPath)
                );
                Assert.Subset(_model.Ports(name).Values.ToHashSet(), container.Ports.Select(port => $"{port.ContainerPort}").ToHashSet());

                var (published, deployed) = (_model.Environment(name), overlay.Environment(name));
                Assert.Equal([], published.Keys.Except(deployed.Keys));
                Difference.AssertEqual(deployed.Keys.Except(published.Keys), OnlyInBackingService.GetValueOrDefault(name, []));
                Assert.All(
                    published,
                    variable =>
                        Assert.Equal(
                            _model.Resolve(variable.Value, parameter => $"({parameter})"),
                            deployed[variable.Key].ValueFrom is { } from ? $"({from.SecretKeyRef.Key})" : deployed[variable.Key].Value
                        )
                );
            }
        );
    }

    [Fact]
    public void Only_hosts_reach_the_backing_services_of_development()
    {
        var overlay = KubernetesOverlay.Load("development");
        var rule = Assert.Single(overlay.Get<V1NetworkPolicy>("backing-services-from-hosts").Spec.Ingress);
        Assert.Equal("host", Assert.Single(rule.FromProperty).PodSelector.MatchLabels["app.kubernetes.io/component"]);
        var ports = rule.Ports.Select(port => port.Port.Value).ToList();
        Assert.Equal(
            ports,
            Assert.Single(overlay.Get<V1NetworkPolicy>("hosts-to-backing-services").Spec.Egress).Ports.Select(port => port.Port.Value)
        );
        Assert.Subset(
            ports.ToHashSet(),
            BackingServices.Select(name => _model.Ports(name).GetValueOrDefault("tcp") ?? _model.Ports(name)["http"]).ToHashSet()
        );
    }

    [Fact]
    public void Development_generates_all_secrets_and_commits_none()
    {
        var overlay = KubernetesOverlay.Load("development");
        var needed = References(overlay).Where(reference => reference.Optional is not true).Select(reference => reference.Key).ToHashSet();
        Assert.Equal([], needed.Except(overlay.GeneratedSecrets.Keys));
        var unused = overlay.GeneratedSecrets.Keys.Where(key =>
            !References(overlay).Any(reference => reference.Key == key)
            && !overlay.GeneratedSecrets.Values.Any(value => value.Contains($"{{{key}}}", StringComparison.Ordinal))
        );
        Assert.Equal([], unused);

        Assert.All(
            overlay.GeneratedSecrets,
            secret =>
            {
                if (_model.SecretParameters.Contains(secret.Key) || secret.Key is "encryption-master-key")
                {
                    Assert.Equal("", secret.Value);
                }
                else if (secret.Key is not "minio-user")
                {
                    Assert.Equal(_model.ConnectionString(secret.Key, parameter => $"{{{parameter}}}"), secret.Value);
                }
            }
        );
        Assert.All(
            EnvironmentFile.Read(Path.Combine(overlay.Folder, ".env.example")),
            variable => Assert.True(variable.HasComment, variable.Name)
        );
    }

    [Fact]
    public async Task Production_uses_an_existing_secret_with_documented_keys()
    {
        var overlay = KubernetesOverlay.Load("production");
        Assert.Empty(overlay.GeneratedSecrets);
        Assert.All(References(overlay), reference => Assert.Equal(Secrets, reference.Name));

        var page = await File.ReadAllTextAsync(Path.Combine(PublishedModel.Root, "docs", "DEPLOYMENT.md"));
        Assert.All(
            References(overlay).Select(reference => reference.Key).Distinct(),
            key => Assert.Contains($"| `{key}` |", page, StringComparison.Ordinal)
        );
    }

    [Theory]
    [MemberData(nameof(Overlays))]
    public void Manifests_contain_no_secrets(string name)
    {
        var overlay = KubernetesOverlay.Load(name);
        Assert.Empty(overlay.All<V1Secret>());
        Assert.DoesNotContain(
            overlay.Settings.Keys,
            key => key.Contains("Password", StringComparison.Ordinal) || key.Contains("ConnectionStrings", StringComparison.Ordinal)
        );
        Assert.Equal($"saas-{name}", overlay.Namespace);
        Assert.Equal("restricted", overlay.Get<V1Namespace>($"saas-{name}").Metadata.Labels["pod-security.kubernetes.io/enforce"]);
    }

    [Fact]
    public void Production_has_no_backing_services_and_exposes_only_the_API_over_TLS()
    {
        var overlay = KubernetesOverlay.Load("production");
        Assert.Equal(PublishedModel.Hosts.Order(), overlay.Pods().Keys.Order());
        Assert.All(PublishedModel.ServingHosts, host => Assert.InRange(overlay.Replicas(host), host is "scheduler" ? 1 : 2, 9));

        var ingress = Assert.Single(overlay.All<V1Ingress>()).Spec;
        var rule = Assert.Single(ingress.Rules);
        Assert.Equal([rule.Host], Assert.Single(ingress.Tls).Hosts);
        Assert.Equal(("api", "http"), (Assert.Single(rule.Http.Paths).Backend.Service.Name, rule.Http.Paths[0].Backend.Service.Port.Name));
        Assert.StartsWith($"https://{rule.Host}/", overlay.Settings["Credentials__Pages"], StringComparison.Ordinal);
        Assert.StartsWith("https://", overlay.Settings["Vault__Address"], StringComparison.Ordinal);
    }

    private static IEnumerable<V1SecretKeySelector> References(KubernetesOverlay overlay) =>
        overlay
            .Pods()
            .Values.SelectMany(pod => pod.Containers)
            .SelectMany(container => container.Env ?? [])
            .Select(variable => variable.ValueFrom?.SecretKeyRef)
            .OfType<V1SecretKeySelector>();
}
