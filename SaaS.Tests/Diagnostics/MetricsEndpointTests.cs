using System.Globalization;
using SaaS.LocalServices;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Diagnostics;

/// <summary>Tests the metrics of the hosts as they are shipped, and the queries of rules and dashboard against them.</summary>
public sealed class MetricsEndpointTests(OwnCluster cluster) : IClassFixture<OwnCluster>
{
    [Fact]
    public async Task Hosts_expose_every_metric_and_label_used_by_rules_and_dashboards()
    {
        var (apiPort, workerPort, schedulerPort) = (FreePort(), FreePort(), FreePort());
        await using var api = await cluster.StartApiProcessAsync(ScrapedAt(apiPort));
        await using var worker = await cluster.StartWorkerProcessAsync(ScrapedAt(workerPort));
        await using var scheduler = await cluster.StartSchedulerProcessAsync(
            new Dictionary<string, string?>(ScrapedAt(schedulerPort)) { ["Jobs:repair-provisioning:Cron"] = "* * * * * ?" }
        );
        var currentUser = await CurrentUser.RegisterAsync(api, TestUser.NewEmail());
        await currentUser.UploadAsync();

        string[] queries = [.. Queries.OfRules(), .. Queries.OfDashboard()];
        var numbers = queries.SelectMany(Queries.NumbersIn).ToList();
        Assert.True(
            queries.Length > 30 && numbers.Count >= queries.Length,
            $"{numbers.Count} numbers were found in {queries.Length} queries"
        );
        Assert.DoesNotContain(
            numbers.Where(number => number.Name.Contains(':', StringComparison.Ordinal)),
            number => !Queries.Recorded.Contains(number.Name)
        );
        var looks = 0;

        await Eventually.HoldsAsync(async () => (await MissingAsync()).Count is 0 || ++looks > 200, "the hosts do not answer");
        Assert.Empty(await MissingAsync());
        var requests = await ScrapeAsync(apiPort);
        Assert.All(
            queries.SelectMany(Queries.RoutesIn),
            route => Assert.Contains($"http_route=\"{route}\"", requests, StringComparison.Ordinal)
        );

        // The public endpoint shows no metrics.
        using var asked = await api.Http.GetAsync("/metrics");
        Assert.Equal(HttpStatusCode.NotFound, asked.StatusCode);
        Assert.DoesNotContain("saas_", await asked.Content.ReadAsStringAsync(), StringComparison.Ordinal);

        async Task<List<string>> MissingAsync()
        {
            var scraped = string.Concat(await ScrapeAsync(apiPort), await ScrapeAsync(workerPort), await ScrapeAsync(schedulerPort))
                .Split('\n');
            return
            [
                .. numbers
                    .Where(number => !number.Name.Contains(':', StringComparison.Ordinal) && !scraped.Any(line => Has(line, number)))
                    .Select(number => $"{number.Name}{{{string.Join(',', number.Labels)}}}")
                    .Distinct(),
            ];
        }
    }

    [Fact]
    public async Task An_invalid_metrics_address_prevents_startup()
    {
        await using var command = cluster.StartWorker(
            [],
            new Dictionary<string, string?>
            {
                ["Metrics:Port"] = "9464",
                ["Metrics:Address"] = "everywhere",
                ["ASPNETCORE_URLS"] = "http://127.0.0.1:0",
            }
        );
        var run = await command.EndAsync();

        Assert.NotEqual(0, run.ExitCode);
        Assert.Contains("Metrics:Address must be an IP address", run.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Each_alert_is_described_in_the_handbook()
    {
        var handbook = File.ReadAllText(Path.Combine(Queries.Root, "..", "docs", "OPERATIONS.md"));

        Assert.NotEmpty(Queries.Alerts);
        Assert.All(Queries.Alerts, alert => Assert.Contains($"### {alert}\n", handbook, StringComparison.Ordinal));
    }

    private static Dictionary<string, string?> ScrapedAt(int port) =>
        new() { ["Metrics:Port"] = port.ToString(CultureInfo.InvariantCulture) };

    private static int FreePort() => Ports.FreeOr(0);

    private static async Task<string> ScrapeAsync(int port)
    {
        using var prometheus = new HttpClient();
        return await prometheus.GetStringAsync($"http://127.0.0.1:{port}/metrics");
    }

    private static bool Has(string line, (string Name, string[] Labels) number) =>
        line.StartsWith(number.Name, StringComparison.Ordinal)
        && line[number.Name.Length..] is ['{' or ' ', ..]
        && number.Labels.All(label => line.Contains($"{label}=\"", StringComparison.Ordinal));
}
