using System.Net;
using Aspire.Hosting;
using Aspire.Hosting.Testing;

namespace SaaS.AppHost.Tests;

/// <summary>Tests the quick start with Aspire's test host, on two systems at the same time.</summary>
public sealed class JourneyTests
{
    [Fact]
    public async Task Two_stacks_on_one_machine_complete_the_whole_journey()
    {
        var journeys = await Task.WhenAll(RunJourneyAsync(), RunJourneyAsync());

        Assert.NotEqual(journeys[0], journeys[1]);
    }

    [Fact]
    public async Task Commands_of_the_dashboard_migrate_create_a_demo_tenant_and_reset()
    {
        var ct = TestContext.Current.CancellationToken;
        await using var application = await StartAsync(ct);
        var before = new JourneyClient(application.CreateHttpClient("api", "http"));
        await before.BeginAsync();

        foreach (var command in new[] { "migrate", "demo", "reset" })
        {
            var result = await application.ResourceCommands.ExecuteCommandAsync("api", command, ct);
            Assert.True(result.Success, $"{command}: {result.Message}");
        }

        await WaitUntilHealthyAsync(application, ct);
        using var gone = await before.Http.GetAsync(new Uri("/api/users/me", UriKind.Relative), ct);
        Assert.Equal(HttpStatusCode.Unauthorized, gone.StatusCode);
        var after = new JourneyClient(application.CreateHttpClient("api", "http"));
        await after.BeginAsync();
        await after.WaitUntilVerifiedAsync(await after.UploadAsync());
        await application.StopAsync(ct);
    }

    private static async Task<DistributedApplication> StartAsync(CancellationToken ct)
    {
        var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.SaaS_AppHost>(
            ["--services", "local", "--ephemeral", "--port", "0"],
            ct
        );
        var application = await builder.BuildAsync(ct);
        await application.StartAsync(ct);
        await WaitUntilHealthyAsync(application, ct);
        return application;
    }

    private static async Task WaitUntilHealthyAsync(DistributedApplication application, CancellationToken ct)
    {
        foreach (var host in new[] { "api", "worker", "scheduler" })
        {
            await application.ResourceNotifications.WaitForResourceHealthyAsync(host, ct);
        }
    }

    private static async Task<Uri> RunJourneyAsync()
    {
        var ct = TestContext.Current.CancellationToken;
        await using var application = await StartAsync(ct);
        var journey = new JourneyClient(application.CreateHttpClient("api", "http"));
        await journey.BeginAsync();
        var document = await journey.UploadAsync();
        await journey.WaitUntilVerifiedAsync(document);
        Assert.Equal(JourneyClient.Pdf, await journey.Http.GetByteArrayAsync($"{document}/content", ct));

        var address = application.GetEndpoint("api", "http");
        await application.StopAsync(ct);
        return address;
    }
}
