using System.Net.Http.Json;
using System.Text;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Messaging;

/// <summary>Tests that a demo message passes through the same pipeline as every event and returns only to its sender.</summary>
public sealed class DemoTests(SaaSApp app)
{
    [Fact]
    public async Task A_message_is_consumed_only_by_its_sender()
    {
        var (sender, other) = (await TestUser.RegisterAsync(app), await TestUser.RegisterAsync(app));
        using var sent = await sender.Http.PostAsJsonAsync(
            "/api/demo/kafka/produce",
            new
            {
                topic = "orders",
                key = "k1",
                message = new { amount = 3 },
            }
        );
        var produced = await sent.ReadDataAsync(HttpStatusCode.Created);
        await Eventually.HoldsAsync(async () => await CountAsync(sender) == 1, "the message does not come back");
        using var answer = await sender.Http.GetAsync("/api/demo/kafka/consume");
        var message = (await answer.ReadDataAsync()).GetProperty("messages")[0];

        Assert.Equal(
            (produced.GetProperty("event_id").GetGuid(), "orders", "k1", 3),
            (
                message.GetProperty("event_id").GetGuid(),
                message.GetProperty("topic").GetString(),
                message.GetProperty("key").GetString(),
                message.GetProperty("payload").GetProperty("amount").GetInt32()
            )
        );
        Assert.Equal(0, await CountAsync(other));
    }

    [Theory]
    [InlineData("""{"topic": "x"}""")]
    [InlineData("""{"topic": " ", "message": {}}""")]
    [InlineData("""{"topic": "x", "message": [1]}""")]
    [InlineData("""{"topic": "x", "message": {}, "more": 1}""")]
    public async Task An_invalid_demo_message_is_rejected(string body)
    {
        var sender = await TestUser.RegisterAsync(app);
        using var answer = await sender.Http.PostAsync(
            "/api/demo/kafka/produce",
            new StringContent(body, Encoding.UTF8, "application/json")
        );
        using var tooMany = await sender.Http.GetAsync("/api/demo/kafka/consume?limit=51");

        Assert.Equal("BAD_REQUEST", await answer.ReadProblemAsync(HttpStatusCode.BadRequest));
        Assert.Equal(["limit"], await tooMany.ReadFieldsAsync());
    }

    [Fact]
    public async Task The_demo_endpoints_exist_only_in_development()
    {
        await using var api = app.StartApi(
            new()
            {
                ["environment"] = "Production",
                ["Mail:AllowFolderOutsideDevelopment"] = "true",
                ["Downloads:BaseAddress"] = "https://api.example.com",
            }
        );
        using var client = api.NewClient();
        using var health = await client.GetAsync("/api/demo/kafka/health");

        Assert.Equal(HttpStatusCode.NotFound, health.StatusCode);
    }

    private static async Task<int> CountAsync(TestUser user)
    {
        using var answer = await user.Http.GetAsync("/api/demo/kafka/consume");
        return (await answer.ReadDataAsync()).GetProperty("message_count").GetInt32();
    }
}
