namespace SaaS.AppHost.Tests;

/// <summary>
/// Tests that the hosts get the same environment variables from local services, containers and the published model. Intended
/// differences are listed here with a reason; a test fails when one no longer exists.
/// </summary>
public sealed class HostEnvironmentTests
{
    private static readonly string[] Hosts = ["api", "worker", "scheduler", "migrate"];

    private static readonly Dictionary<string, string> OnlyLocal = new()
    {
        ["Encryption__MasterKey"] = "local services use a key ring instead of Vault",
    };

    private static readonly Dictionary<string, string> OnlyContainers = new()
    {
        ["ConnectionStrings__kafka"] = "local services deliver events over PostgreSQL",
        ["Vault__Address"] = "local services use a key ring",
        ["Vault__TransitMount"] = "the same",
        ["Vault__RoleId"] = "the same",
        ["Vault__SecretId"] = "the same",
    };

    private static readonly Dictionary<string, string> OnlyRunning = new()
    {
        ["Uploads__SpoolFolder"] = "in a container only the temporary folder is writable",
        ["Mail__Folder"] = "published hosts send mails",
        ["ASPNETCORE_ENVIRONMENT"] = "Production is the default of a host",
        ["DOTNET_ENVIRONMENT"] = "the same",
        ["Health__InstanceId"] = "in production each process has its own address",
        ["DOTNET_ROOT"] = "the hosts start from their build output",
        ["ASPNETCORE_URLS"] = "a local process listens on the loopback address only",
        ["LOGGING__CONSOLE__FORMATTERNAME"] = "set by Aspire for the dashboard",
        ["DOTNET_SYSTEM_CONSOLE_ALLOW_ANSI_COLOR_REDIRECTION"] = "the same",
    };

    private static readonly Dictionary<string, string> OnlyPublished = new()
    {
        ["Mail__Smtp__Host"] = "in run mode mails are files",
        ["Mail__Smtp__Port"] = "the same",
        ["Mail__Smtp__UserName"] = "the same",
        ["Mail__Smtp__Password"] = "the same",
        ["ForwardedHeaders__KnownNetworks__0"] = "in run mode there is no proxy",
        ["Downloads__BaseAddress"] = "in Development a link uses the address of the request",
        ["HTTP_PORTS"] = "a container listens on all its addresses",
        ["Metrics__Address"] = "Prometheus is another container",
    };

    [Theory]
    [InlineData("api")]
    [InlineData("worker")]
    [InlineData("scheduler")]
    [InlineData("migrate")]
    public async Task A_host_gets_the_same_settings_from_local_services_and_containers(string host)
    {
        var (local, containers, _) = await GetKeysAsync(host);

        Assert.Contains("ConnectionStrings__saas-platform", local);
        Assert.Equal([], local.Except(containers).Except(OnlyLocal.Keys));
        Assert.Equal([], containers.Except(local).Except(OnlyContainers.Keys));
    }

    [Theory]
    [InlineData("api")]
    [InlineData("worker")]
    [InlineData("scheduler")]
    [InlineData("migrate")]
    public async Task A_host_gets_the_same_settings_when_running_and_when_published(string host)
    {
        var (_, containers, published) = await GetKeysAsync(host);

        Assert.Equal([], containers.Except(published).Except(OnlyRunning.Keys));
        Assert.Equal([], published.Except(containers).Except(OnlyPublished.Keys));
    }

    [Fact]
    public async Task The_list_of_permitted_differences_has_no_stale_entries()
    {
        var (local, containers, published) = await GetKeysAsync("api");

        Assert.Equal([], OnlyLocal.Keys.Except(local.Except(containers)));
        Assert.Equal([], OnlyContainers.Keys.Except(containers.Except(local)));
        Assert.Equal([], OnlyRunning.Keys.Except(containers.Except(published)));
        Assert.Equal([], OnlyPublished.Keys.Except(published.Except(containers)));
    }

    [Theory]
    [InlineData("local")]
    [InlineData("containers")]
    public async Task Only_migrate_gets_the_superuser_connection(string services)
    {
        await using var model = await AppModel.RunningAsync(services);
        List<string> given = [];
        foreach (var host in Hosts.Append("demo").Append("reset"))
        {
            if ((await model.GetEnvironmentAsync(host)).ContainsKey("ConnectionStrings__postgres"))
            {
                given.Add(host);
            }
        }

        Assert.Equal(["migrate"], given);
    }

    [Theory]
    [InlineData("api")]
    [InlineData("worker")]
    [InlineData("scheduler")]
    [InlineData("migrate")]
    public async Task The_published_model_references_secrets_and_contains_none(string host)
    {
        await using var model = await AppModel.PublishedAsync();
        string[] secrets = ["ConnectionStrings__", "Jwt__SigningKey", "Vault__SecretId", "Mail__Smtp__Password"];

        var given = (await model.GetEnvironmentAsync(host))
            .Where(setting => secrets.Any(secret => setting.Key.StartsWith(secret, StringComparison.Ordinal)))
            .ToList();

        Assert.NotEmpty(given);
        Assert.All(given, setting => Assert.Matches(@"^\{[a-z-]+\.(connectionString|value)\}$", setting.Value));
    }

    private static async Task<(
        IReadOnlyList<string> Local,
        IReadOnlyList<string> Containers,
        IReadOnlyList<string> Published
    )> GetKeysAsync(string host)
    {
        await using var local = await AppModel.RunningAsync("local");
        await using var containers = await AppModel.RunningAsync("containers");
        await using var published = await AppModel.PublishedAsync();
        return (await Keys(local), await Keys(containers), await Keys(published));

        // OTEL variables are the same everywhere or come from the dashboard.
        async Task<IReadOnlyList<string>> Keys(AppModel model) =>
            [.. (await model.GetEnvironmentAsync(host)).Keys.Where(name => !name.StartsWith("OTEL_", StringComparison.Ordinal))];
    }
}
