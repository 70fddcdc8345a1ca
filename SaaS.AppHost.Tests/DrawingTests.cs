using Aspire.Hosting.ApplicationModel;

namespace SaaS.AppHost.Tests;

/// <summary>What is drawn, who waits for whom, and what the hosts are told.</summary>
public sealed class DrawingTests
{
    private static readonly string[] Engines = ["kafka", "minio", "redis"];
    private static readonly string[] Serving = ["api", "worker", "scheduler"];

    [Fact]
    public async Task What_is_published_is_the_whole_system()
    {
        await using var drawing = await Drawing.OfPublishedAsync();

        string[] system = ["postgres", "redis", "kafka", "minio", "vault", "vault-prepare", "saas-platform", "saas-provisioning", "migrate", "api", "worker", "scheduler"];
        Assert.Equal([], system.Except(drawing.Names));
        Assert.DoesNotContain("seed", drawing.Names);
        Assert.DoesNotContain("reset", drawing.Names);
    }

    [Fact]
    public async Task The_hosts_wait_for_the_migration_which_waits_for_the_engines()
    {
        await using var drawing = await Drawing.OfRunningAsync();

        Assert.Equal(["vault-prepare"], drawing.Awaited("migrate", WaitType.WaitForCompletion));
        Assert.Equal(["kafka", "minio", "postgres", "redis"], drawing.Awaited("migrate", WaitType.WaitUntilHealthy));
        foreach (var host in Serving)
        {
            Assert.Equal(["migrate", "vault-prepare"], drawing.Awaited(host, WaitType.WaitForCompletion));
            Assert.Equal(Engines, drawing.Awaited(host, WaitType.WaitUntilHealthy));
        }
    }

    [Fact]
    public async Task Nothing_but_the_API_is_reached_from_outside()
    {
        await using var drawing = await Drawing.OfPublishedAsync();

        var external = Serving.Append("vault").SelectMany(host => drawing.Find(host).Annotations.OfType<EndpointAnnotation>(), (host, endpoint) => (host, endpoint)).Where(found => found.endpoint.IsExternal);
        Assert.Equal([("api", "http")], external.Select(found => (found.host, found.endpoint.Name)));
    }

    [Theory]
    [InlineData("api", "saas-api-prod")]
    [InlineData("scheduler", "saas-scheduler-prod")]
    [InlineData("migrate", "saas-migrate-prod")]
    public async Task A_published_host_seals_with_Vault_as_itself(string host, string role)
    {
        await using var drawing = await Drawing.OfPublishedAsync();

        var told = await drawing.EnvironmentOf(host);
        Assert.Equal("vault", told["Encryption__Provider"]);
        Assert.Equal(role, told["Vault__RoleId"]);
        Assert.Equal("{vault-address.value}", told["Vault__Address"]);
        Assert.Equal(host is "migrate", told.ContainsKey("ConnectionStrings__postgres"));
    }

    [Fact]
    public async Task Without_Vault_there_is_a_key_ring_under_a_master_key()
    {
        await using var drawing = await Drawing.OfPublishedAsync("--Vault:Mode=none");

        var told = await drawing.EnvironmentOf("api");
        Assert.Equal("keyring", told["Encryption__Provider"]);
        Assert.Equal("{encryption-master-key.value}=", told["Encryption__MasterKey"]);
        Assert.DoesNotContain("vault", drawing.Names);
    }

    [Fact]
    public async Task Engines_that_a_cloud_runs_are_connection_strings()
    {
        await using var drawing = await Drawing.OfPublishedAsync("--Deploy:Engines=managed");

        var told = await drawing.EnvironmentOf("api");
        Assert.All(Engines.Append("saas-platform").Append("saas-provisioning"), name => Assert.Contains($"ConnectionStrings__{name}", told.Keys));
        Assert.Empty(drawing.Names.Intersect(Engines));
        Assert.DoesNotContain("ConnectionStrings__postgres", (await drawing.EnvironmentOf("migrate")).Keys); // no cloud gives a superuser
    }

    [Theory]
    [InlineData("--Vault:Mode=sealed", "Vault:Mode")]
    [InlineData("--Deploy:Engines=rented", "Deploy:Engines")]
    [InlineData("--Deploy:Target=ship", "Deploy:Target")]
    [InlineData("--Secrets:Source=vault --Vault:Mode=none", "Vault:Mode")]
    public async Task A_choice_that_there_is_not_is_refused_by_its_name(string choices, string key)
    {
        var refused = await Record.ExceptionAsync(() => Drawing.OfPublishedAsync(choices.Split(' ')));

        Assert.Contains(key, refused?.ToString() ?? "", StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_dashboard_migrates_seeds_and_resets_on_demand()
    {
        await using var drawing = await Drawing.OfRunningAsync();

        var commands = drawing.Find("api").Annotations.OfType<ResourceCommandAnnotation>().Select(command => command.Name).ToList();
        string[] offered = ["migrate", "seed", "reset"];
        Assert.Equal([], offered.Except(commands));
        Assert.All(["seed", "reset"], oneShot => Assert.Single(drawing.Find(oneShot).Annotations.OfType<ExplicitStartupAnnotation>()));
    }
}
