using Aspire.Hosting.ApplicationModel;
using SaaS.AppHost.Resources;

namespace SaaS.AppHost.Tests;

/// <summary>Tests the resources of each mode, their waits, endpoints and commands.</summary>
public sealed class AppModelTests
{
    private static readonly string[] Serving = ["api", "worker", "scheduler"];

    [Fact]
    public async Task The_whole_system_is_published()
    {
        await using var model = await AppModel.PublishedAsync();

        string[] system =
        [
            "postgres",
            "redis",
            "kafka",
            "minio",
            "vault",
            "vault-prepare",
            "saas-platform",
            "saas-provisioning",
            "migrate",
            "api",
            "worker",
            "scheduler",
        ];
        Assert.Equal(system.Order(), model.Names.Order());
    }

    [Fact]
    public async Task Local_services_need_no_container()
    {
        await using var model = await AppModel.RunningAsync("local", "--entra-stand-in");

        string[] system =
        [
            "postgres",
            "redis",
            "minio",
            "saas-platform",
            "saas-provisioning",
            "migrate",
            "api",
            "worker",
            "scheduler",
            "mails",
            "entra",
            "demo",
            "reset",
        ];
        Assert.Equal(system.Order(), model.Names.Order());
        Assert.DoesNotContain(system, name => model.Find(name) is ContainerResource);
    }

    [Fact]
    public async Task Containers_mode_runs_backing_services_with_health_checks_and_volumes()
    {
        await using var model = await AppModel.RunningAsync("containers");

        string[] containers = ["kafka", "minio", "postgres", "redis", "vault", "vault-prepare"];
        Assert.Equal(containers, model.Names.Where(name => model.Find(name) is ContainerResource).Order());
        Assert.All(
            ["postgres", "redis", "kafka", "minio"],
            name => Assert.NotEmpty(model.Find(name).Annotations.OfType<HealthCheckAnnotation>())
        );
        Assert.All(
            ["postgres", "redis", "kafka", "minio"],
            name => Assert.NotEmpty(model.Find(name).Annotations.OfType<ContainerMountAnnotation>())
        );
    }

    [Theory]
    [InlineData("local", "minio,redis", "")]
    [InlineData("containers", "kafka,minio,redis", "vault-prepare")]
    public async Task The_hosts_wait_for_the_migration_which_waits_for_the_services(string services, string healthy, string completed)
    {
        await using var model = await AppModel.RunningAsync(services);
        var awaited = healthy.Split(',');
        var prepared = completed.Split(',', StringSplitOptions.RemoveEmptyEntries);

        Assert.Equal(awaited.Append("postgres").Order(), model.GetDependencies("migrate", WaitType.WaitUntilHealthy));
        Assert.Equal(prepared, model.GetDependencies("migrate", WaitType.WaitForCompletion));
        foreach (var host in Serving)
        {
            Assert.Equal(awaited, model.GetDependencies(host, WaitType.WaitUntilHealthy));
            Assert.Equal(prepared.Prepend("migrate"), model.GetDependencies(host, WaitType.WaitForCompletion));
            Assert.Single(model.Find(host).Annotations.OfType<HealthCheckAnnotation>());
        }
    }

    [Fact]
    public async Task Only_the_API_has_an_external_endpoint()
    {
        await using var model = await AppModel.PublishedAsync();

        var external = Serving
            .Append("vault")
            .SelectMany(host => model.Find(host).Annotations.OfType<EndpointAnnotation>(), (host, endpoint) => (host, endpoint))
            .Where(found => found.endpoint.IsExternal);
        Assert.Equal([("api", "http")], external.Select(found => (found.host, found.endpoint.Name)));
    }

    [Theory]
    [InlineData("api", "saas-api-prod")]
    [InlineData("scheduler", "saas-scheduler-prod")]
    [InlineData("migrate", "saas-migrate-prod")]
    public async Task A_published_host_authenticates_to_Vault_with_its_own_role(string host, string role)
    {
        await using var model = await AppModel.PublishedAsync();

        var environment = await model.GetEnvironmentAsync(host);
        Assert.Equal("vault", environment["Encryption__Provider"]);
        Assert.Equal(role, environment["Vault__RoleId"]);
        Assert.Equal("{vault-address.value}", environment["Vault__Address"]);
        Assert.Equal(host is "migrate", environment.ContainsKey("ConnectionStrings__postgres"));
    }

    [Fact]
    public async Task Without_Vault_hosts_encrypt_with_a_key_ring_and_a_master_key()
    {
        await using var model = await AppModel.PublishedAsync("--Vault:Mode=none");

        var environment = await model.GetEnvironmentAsync("api");
        Assert.Equal("keyring", environment["Encryption__Provider"]);
        Assert.Equal("{encryption-master-key.value}=", environment["Encryption__MasterKey"]);
        Assert.DoesNotContain("vault", model.Names);
    }

    [Fact]
    public async Task Managed_cloud_services_are_published_as_connection_strings()
    {
        await using var model = await AppModel.PublishedAsync("--Deploy:Services=managed");

        var environment = await model.GetEnvironmentAsync("worker");
        string[] services = ["redis", "kafka", "minio", "saas-platform", "saas-provisioning"];
        Assert.All(services, name => Assert.Contains($"ConnectionStrings__{name}", environment.Keys));
        Assert.DoesNotContain(services, name => model.Find(name) is ContainerResource);
        Assert.DoesNotContain("ConnectionStrings__postgres", (await model.GetEnvironmentAsync("migrate")).Keys); // no superuser when managed
    }

    [Fact]
    public async Task Only_worker_and_migrate_get_the_provisioning_connection()
    {
        await using var model = await AppModel.PublishedAsync();

        foreach (var (host, isGiven) in new[] { ("api", false), ("scheduler", false), ("worker", true), ("migrate", true) })
        {
            var environment = await model.GetEnvironmentAsync(host);
            Assert.Equal(
                isGiven,
                environment.Any(variable => $"{variable.Key}={variable.Value}".Contains("provision", StringComparison.OrdinalIgnoreCase))
            );
        }
    }

    [Fact]
    public async Task The_dashboard_has_links_and_commands()
    {
        await using var model = await AppModel.RunningAsync("local");

        var commands = model.Find("api").Annotations.OfType<ResourceCommandAnnotation>().ToDictionary(command => command.Name);
        string[] offered = ["migrate", "demo", "reset"];
        Assert.Equal([], offered.Except(commands.Keys));
        Assert.NotNull(commands["reset"].ConfirmationMessage);
        Assert.All(["demo", "reset"], oneShot => Assert.Single(model.Find(oneShot).Annotations.OfType<ExplicitStartupAnnotation>()));
        Assert.All(Serving, name => Assert.NotEmpty(model.Find(name).Annotations.OfType<ResourceUrlsCallbackAnnotation>()));
        Assert.Equal("Mails", Assert.IsType<LocalServer>(model.Find("mails")).Page?.DisplayProperties.DisplayName);
    }
}
