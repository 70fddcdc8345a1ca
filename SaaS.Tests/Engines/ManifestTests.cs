using System.Text.Json;
using SaaS.AppHost.Embedded;

namespace SaaS.Tests.Engines;

/// <summary>
/// The two engines tell the hosts the same: what the embedded one gives them is held against aspire-manifest.json, key by key. The
/// differences that are meant stand here, each with its reason; one that is gone has to go from here as well.
/// </summary>
public sealed class ManifestTests
{
    private static readonly string[] Serving = ["api", "worker", "scheduler"];

    private static readonly Dictionary<string, string> OnlyEmbedded = new()
    {
        ["Encryption__MasterKey"] = "its key ring; what is published seals with Vault",
        ["Uploads__SpoolFolder"] = "in a container the system's temporary folder is the one that can be written to",
        ["Mail__Folder"] = "what is published sends its mails",
        ["ASPNETCORE_ENVIRONMENT"] = "what is published is Production, which is what a host takes itself for",
        ["DOTNET_ENVIRONMENT"] = "the same",
        ["Logging__LogLevel__Microsoft"] = "its console is shared by six",
        ["Logging__LogLevel__Microsoft.Hosting.Lifetime"] = "the same",
        ["Logging__LogLevel__System"] = "the same",
        ["Logging__Console__FormatterName"] = "the same",
        ["Logging__Console__FormatterOptions__SingleLine"] = "the same",
    };

    private static readonly Dictionary<string, string> OnlyPublished = new()
    {
        ["ConnectionStrings__kafka"] = "the embedded engine carries events over PostgreSQL",
        ["Vault__Address"] = "the embedded engine has a key ring",
        ["Vault__TransitMount"] = "the same",
        ["Vault__RoleId"] = "the same",
        ["Vault__SecretId"] = "the same",
        ["Mail__Smtp__Host"] = "the embedded engine's mails are files",
        ["Mail__Smtp__Port"] = "the same",
        ["Mail__Smtp__UserName"] = "the same",
        ["Mail__Smtp__Password"] = "the same",
        ["ForwardedHeaders__KnownNetworks__0"] = "no proxy stands before the embedded engine",
        ["Downloads__BaseAddress"] = "in development a link leads to the address that it was asked for under",
        ["HTTP_PORTS"] = "the embedded engine gives whole addresses (ASPNETCORE_URLS), on the loopback alone",
        ["Metrics__Address"] = "Prometheus is another container; beside the embedded engine it is on the same machine",
        ["OTEL_DOTNET_EXPERIMENTAL_OTLP_RETRY"] = "Aspire tells it every project",
    };

    [Theory]
    [InlineData("api")]
    [InlineData("worker")]
    [InlineData("scheduler")]
    [InlineData("migrate")]
    public void A_host_is_told_the_same_by_both_engines(string host)
    {
        var embedded = Embedded(host).ToList();
        var published = Published(host).Keys.ToList();

        Assert.Contains("ConnectionStrings__saas-platform", embedded);
        Assert.Equal([], embedded.Except(published).Except(OnlyEmbedded.Keys));
        Assert.Equal([], published.Except(embedded).Except(OnlyPublished.Keys));
    }

    [Fact]
    public void No_difference_is_permitted_that_there_is_not()
    {
        Assert.Equal([], OnlyEmbedded.Keys.Except(Embedded("api").Except(Published("api").Keys)));
        Assert.Equal([], OnlyPublished.Keys.Except(Published("api").Keys.Except(Embedded("api"))));
    }

    [Fact]
    public void The_migration_alone_is_told_of_the_superuser() =>
        Assert.Equal(["migrate"], Serving.Append("migrate").Where(host => Published(host).ContainsKey("ConnectionStrings__postgres")));

    [Theory]
    [InlineData("api")]
    [InlineData("worker")]
    [InlineData("scheduler")]
    [InlineData("migrate")]
    public void The_manifest_names_secrets_and_holds_none(string host)
    {
        string[] secrets = ["ConnectionStrings__", "Jwt__SigningKey", "Vault__SecretId", "Mail__Smtp__Password"];
        var told = Published(host).Where(setting => secrets.Any(secret => setting.Key.StartsWith(secret, StringComparison.Ordinal))).ToList();

        Assert.NotEmpty(told);
        Assert.All(told, setting => Assert.Matches(@"^\{[a-z-]+\.(connectionString|value)\}$", setting.Value));
    }

    private static IEnumerable<string> Embedded(string host)
    {
        using var data = DataFolder.OpenEphemeral();
        var hosts = HostEnvironment.ForHosts(KeyRing.LoadOrCreate(data.Keys), data, apiPort: 4999, postgresPort: 5432, redis: "127.0.0.1:6379");
        var told = Serving.Contains(host) ? HostEnvironment.ForServing(hosts, metricsPort: 9464) : HostEnvironment.ForMigration(hosts, superuser: "Host=127.0.0.1");
        return [.. told.Where(setting => setting.Value is not null).Select(setting => setting.Key)];
    }

    private static Dictionary<string, string> Published(string host)
    {
        using var manifest = JsonDocument.Parse(File.ReadAllText(Path.Combine(StartOptions.RepositoryRoot(), "aspire-manifest.json")));
        return manifest.RootElement.GetProperty("resources").GetProperty(host).GetProperty("env").EnumerateObject()
            .ToDictionary(setting => setting.Name, setting => setting.Value.GetString()!);
    }
}
