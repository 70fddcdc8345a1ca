using Aspire.Hosting.Kubernetes.Resources;

namespace SaaS.AppHost.Containers;

/// <summary>A Helm chart. What the publisher leaves out of the drawing is given back here: probes, one-shots that end, and that a host may do nothing but its work.</summary>
internal static class KubernetesTarget
{
    public static void Add(IDistributedApplicationBuilder builder)
    {
        builder.AddKubernetesEnvironment("kubernetes").WithDashboard(enabled: false).WithProperties(cluster =>
        {
            cluster.DefaultStorageType = "pvc"; // its own choice is a folder that goes with the pod, and with it every tenant
            cluster.DefaultStorageSize = "20Gi";
        });
        foreach (var host in builder.Resources.OfType<ProjectResource>())
        {
            builder.CreateResourceBuilder(host).PublishAsKubernetesService(published =>
            {
                var pod = published.Workload!.PodTemplate.Spec;
                Confine(pod);
                if (!DeployTargets.OneShots.Contains(host.Name))
                {
                    pod.TerminationGracePeriodSeconds = 60; // requests and events in hand are finished
                    Probe(pod.Containers[0]);
                }
            });
        }

        foreach (var container in builder.Resources.OfType<ContainerResource>().Where(container => container.Name is "vault"))
        {
            builder.CreateResourceBuilder(container).PublishAsKubernetesService(published =>
                published.Workload!.PodTemplate.Spec.Containers[0].SecurityContext = new SecurityContextV1 { Capabilities = new CapabilitiesV1 { Add = { "IPC_LOCK" } } });
        }

        foreach (var oneShot in builder.Resources.OfType<IComputeResource>().Where(resource => DeployTargets.OneShots.Contains(resource.Name)))
        {
            builder.CreateResourceBuilder(oneShot).PublishAsKubernetesService(published =>
            {
                var template = published.Workload!.PodTemplate;
                template.Spec.RestartPolicy = "OnFailure";
                published.Workload = new KubernetesJob { Metadata = published.Workload.Metadata, Spec = { Template = template } };
            });
        }
    }

    private static void Confine(PodSpecV1 pod)
    {
        pod.AutomountServiceAccountToken = false;
        pod.Volumes.Add(new VolumeV1 { Name = "tmp", EmptyDir = new EmptyDirVolumeSourceV1() });
        pod.Containers[0].VolumeMounts.Add(new VolumeMountV1 { Name = "tmp", MountPath = "/tmp" }); // where uploads wait while they arrive
        pod.Containers[0].SecurityContext = new SecurityContextV1
        {
            RunAsNonRoot = true,
            ReadOnlyRootFilesystem = true,
            AllowPrivilegeEscalation = false,
            Capabilities = new CapabilitiesV1 { Drop = { "ALL" } },
        };
    }

    private static void Probe(ContainerV1 host)
    {
        host.StartupProbe = Ask("/health/live", seconds: 2, failures: 60);
        host.LivenessProbe = Ask("/health/live", seconds: 10, failures: 3); // asks no engine: a restart would not bring one back
        host.ReadinessProbe = Ask("/health/ready", seconds: 5, failures: 3);
    }

    private static ProbeV1 Ask(string path, int seconds, int failures) => new()
    {
        HttpGet = new HttpGetActionV1 { Path = path, Port = new Int32OrStringV1("http"), Scheme = "HTTP" },
        PeriodSeconds = seconds,
        TimeoutSeconds = 5,
        FailureThreshold = failures,
    };
}
