using Aspire.Hosting;
using Aspire.Hosting.Testing;

namespace SaaS.AppHost.Tests;

/// <summary>The journey through Aspire's own test host, on two systems of one machine at once.</summary>
public sealed class JourneyTests
{
    [Fact]
    public async Task Two_systems_on_one_machine_each_make_the_whole_journey()
    {
        var journeys = await Task.WhenAll(TravelAsync(), TravelAsync());

        Assert.NotEqual(journeys[0], journeys[1]);
    }

    private static async Task<Uri> TravelAsync()
    {
        var ct = TestContext.Current.CancellationToken;
        var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.SaaS_AppHost>(
            ["--services", "local", "--ephemeral", "--port", "0"], ct);
        await using var application = await builder.BuildAsync(ct);
        await application.StartAsync(ct);
        foreach (var host in new[] { "api", "worker", "scheduler" })
        {
            await application.ResourceNotifications.WaitForResourceHealthyAsync(host, ct);
        }

        var journey = new JourneyClient(application.CreateHttpClient("api", "http"));
        await journey.BeginAsync();
        var document = await journey.UploadAsync();
        await journey.VerifiedAsync(document);
        Assert.Equal(JourneyClient.Pdf, await journey.Http.GetByteArrayAsync($"{document}/content", ct));

        var address = application.GetEndpoint("api", "http");
        await application.StopAsync(ct);
        return address;
    }
}
