using Aspire.Hosting.Docker.Resources.ComposeNodes;
using Aspire.Hosting.Docker.Resources.ServiceNodes;
using Aspire.Hosting.Docker.Resources.ServiceNodes.Swarm;

namespace SaaS.AppHost.Containers;

/// <summary>docker-compose.yaml and its .env. What the publisher leaves out of the drawing is given back here: replicas, health checks, capabilities.</summary>
internal static class ComposeTarget
{
    public static void Add(IDistributedApplicationBuilder builder)
    {
        builder.AddDockerComposeEnvironment("compose").WithDashboard(enabled: false);
        foreach (var resource in builder.Resources.OfType<IComputeResource>())
        {
            builder.CreateResourceBuilder(resource).PublishAsDockerComposeService((_, service) =>
            {
                service.Restart = DeployTargets.OneShots.Contains(resource.Name) ? "no" : "unless-stopped";
                service.Healthcheck = HealthOf(resource.Name);
                foreach (var (_, needed) in service.DependsOn.Where(needed => HealthOf(needed.Key) is not null))
                {
                    needed.Condition = "service_healthy";
                }

                if (resource is ProjectResource host)
                {
                    Confine(service);
                    service.Deploy = Replicas(host, service) is > 1 and var replicas ? new Deploy { Replicas = replicas } : null;
                }
                else if (resource.Name is "vault")
                {
                    service.CapAdd = ["IPC_LOCK"];
                }
            });
        }
    }

    private static void Confine(Service service)
    {
        service.ReadOnly = true;
        service.Tmpfs = ["/tmp"]; // where uploads wait while they arrive
        service.CapDrop = ["ALL"];
        service.SecurityOpt = ["no-new-privileges:true"];
        service.StopGracePeriod = "60s"; // requests and events in hand are finished
    }

    // A port of the machine can be had by one container.
    private static int Replicas(ProjectResource host, Service service) =>
        service.Ports.Count > 0 ? 1 : host.Annotations.OfType<ReplicaAnnotation>().LastOrDefault()?.Replicas ?? 1;

    // The hosts' images have no shell and no curl: their readiness is asked from outside. Compose takes a single dollar for a variable of its own.
    private static Healthcheck? HealthOf(string resource) => resource switch
    {
        "postgres" => Ask("pg_isready", "-U", "postgres"),
        "redis" => Ask("sh", "-c", """redis-cli -a "$$REDIS_PASSWORD" ping | grep -q PONG"""),
        "kafka" => Ask("bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/9092"),
        "minio" => Ask("mc", "ready", "local"),
        "vault" => Ask("sh", "-c", "vault status -address=http://127.0.0.1:8200; [ $$? -ne 1 ]"), // 2 is sealed, which vault-prepare ends
        _ => null,
    };

    private static Healthcheck Ask(params string[] command) => new() { Test = ["CMD", .. command], Interval = "10s", Timeout = "5s", Retries = 6, StartPeriod = "20s" };
}
