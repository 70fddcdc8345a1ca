extern alias worker;

using System.Net.Http.Headers;
using System.Net.Http.Json;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using SaaS.Benchmarks;
using SaaS.Core.Messaging;
using SaaS.Infrastructure.Messaging;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.EndToEnd;

/// <summary>
/// Tests the product with its events over Kafka, on backing services of its own: on the shared ones its worker would compete with the
/// shared worker.
/// </summary>
public sealed class KafkaJourneyTests(KafkaCluster kafka)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_document_is_verified_by_an_event_that_went_over_Kafka()
    {
        await using var backingServices = await Fixtures.BackingServices.StartAsync();
        var settings = Settings(backingServices);
        Assert.Equal(0, await SaaSApp.MigrateAsync(settings));
        await using var api = new ApiUnderTest(settings);
        await using var worker = new HostUnderTest<worker::Program>(settings);
        api.Start();
        worker.Start();
        using var user = await SignInAsync(api);

        using var created = await user.PostAsJsonAsync("/api/tenants", new { name = "Over Kafka" }, Ct);
        var tenant = $"/api/tenants/{(await created.ReadDataAsync(HttpStatusCode.Created)).IdOf()}";
        using var form = TestTenant.FormOf("over Kafka"u8.ToArray());
        using var uploaded = await user.PostAsync($"{tenant}/documents", form, Ct);
        var document = $"{tenant}/documents/{(await uploaded.ReadDataAsync(HttpStatusCode.Created)).IdOf()}";

        await Eventually.HoldsAsync(
            async () =>
            {
                using var shown = await user.GetAsync(document, Ct);
                return (await shown.ReadDataAsync()).GetProperty("file").GetProperty("verified_at").GetString() is not null;
            },
            "the document is not verified"
        );
        var transport = api.Services.GetRequiredService<EventTransport>();
        await Eventually.HoldsAsync(async () => await ConsumerGroups.CountWaitingAsync(transport, Ct) == 0, "events are left over");

        Assert.IsType<KafkaTransport>(transport);
        await using var overPostgres = api.Services.GetRequiredService<NpgsqlDataSource>().CreateCommand("SELECT count(*) FROM event_log");
        Assert.Equal(0L, await overPostgres.ExecuteScalarAsync(Ct));
        using var ready = await user.GetAsync("/health/ready", Ct);
        Assert.Equal(HttpStatusCode.OK, ready.StatusCode);
    }

    private Dictionary<string, string?> Settings(Fixtures.BackingServices backingServices)
    {
        var prefix = $"{Path.GetRandomFileName()}.";
        kafka.Prepare(EventCatalogue.Types.Select(type => prefix + type));
        return new Dictionary<string, string?>(backingServices.Settings)
        {
            ["Passwords:WorkFactor"] = "4",
            ["ConnectionStrings:kafka"] = kafka.Servers,
            ["Kafka:TopicPrefix"] = prefix,
            ["Kafka:Partitions"] = "2",
            ["Kafka:FetchWait"] = KafkaBrokers.MockFetchWait.ToString(),
        };
    }

    private static async Task<HttpClient> SignInAsync(ApiUnderTest api)
    {
        var user = api.NewClient();
        var person = new
        {
            first_name = "Ada",
            last_name = "Lovelace",
            email = TestUser.NewEmail(),
            password = TestUser.Password,
        };
        using var registered = await user.PostAsJsonAsync("/api/auth/register", person, Ct);
        using var signedIn = await user.PostAsJsonAsync("/api/auth/login", new { person.email, person.password }, Ct);
        var token = (await signedIn.ReadAsync(HttpStatusCode.OK)).GetProperty("access_token").GetString();
        user.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return user;
    }
}
