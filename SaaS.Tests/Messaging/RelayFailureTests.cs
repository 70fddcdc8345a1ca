using Microsoft.Extensions.DependencyInjection;
using SaaS.Core.Messaging;
using SaaS.Infrastructure.Messaging;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Messaging;

/// <summary>Tests that no event of the control database is lost when the transport rejects it or its notification is lost.</summary>
public sealed class RelayFailureTests(OwnCluster cluster) : IClassFixture<OwnCluster>
{
    private const string Control = "saas_platform";

    // A sequence keeps its value when the rejected transaction is rolled back.
    private const string RefuseEvents = """
        CREATE SEQUENCE refusals;
        CREATE FUNCTION refuse_event() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS
            $$ BEGIN PERFORM nextval('refusals'); RAISE EXCEPTION 'the transport refuses this event'; END $$;
        CREATE TRIGGER refuse BEFORE INSERT ON event_log FOR EACH ROW EXECUTE FUNCTION refuse_event();
        """;

    [Fact]
    public async Task An_event_stays_in_the_outbox_until_it_is_published()
    {
        await cluster.InDatabaseAsync(Control, RefuseEvents);
        await AddWithoutNotificationAsync();
        var (waiting, published) = (await CountAsync("outbox"), await CountAsync("event_log"));
        await using var worker = await cluster.StartWorkerProcessAsync();
        await Eventually.HoldsAsync(
            async () => long.Parse(await cluster.ReadAsync(Control, "SELECT last_value FROM refusals")) >= 2,
            "the relay does not try again"
        );

        Assert.Equal((waiting, published), (await CountAsync("outbox"), await CountAsync("event_log")));

        await cluster.InDatabaseAsync(Control, "DROP TRIGGER refuse ON event_log");
        await Eventually.HoldsAsync(async () => await CountAsync("outbox") == 0, "the outbox is not drained");
        Assert.Equal(published + waiting, await CountAsync("event_log"));
    }

    /// <summary>Uses its own backing services, because the notifications of other tests would make the relay poll.</summary>
    [Fact]
    public async Task An_event_whose_notification_was_lost_is_found_by_polling()
    {
        await using var worker = await cluster.StartWorkerProcessAsync();
        await Eventually.HoldsAsync(IsIdleAsync, "the worker does not come to rest");

        var id = await AddWithoutNotificationAsync();

        await Eventually.HoldsAsync(
            async () => await cluster.ReadAsync(Control, $"SELECT count(*) FROM event_log WHERE value::jsonb ->> 'id' = '{id}'") == "1",
            "the relay does not poll"
        );
    }

    // Creates the state after a crash between commit and notification.
    private async Task<Guid> AddWithoutNotificationAsync()
    {
        var now = TimeProvider.System.GetUtcNow();
        var envelope = CloudEvent.Create(
            new TenantCreated(Guid.Empty),
            Guid.CreateVersion7(now),
            subject: null,
            now,
            Guid.CreateVersion7(now)
        );
        await cluster.InDatabaseAsync(
            Control,
            $"INSERT INTO outbox (id, type, key, envelope) VALUES ('{envelope.Id}', '{envelope.Type}', '{envelope.Key}', '{envelope.ToJson()}'::jsonb)"
        );
        return envelope.Id;
    }

    // Consumers add events of their own, with a notification.
    private async Task<bool> IsIdleAsync() =>
        await CountAsync("outbox") == 0
        && await ConsumerGroups.CountWaitingAsync(
            cluster.Services.GetRequiredService<EventTransport>(),
            TestContext.Current.CancellationToken
        ) == 0;

    private async Task<long> CountAsync(string table) => long.Parse(await cluster.ReadAsync(Control, $"SELECT count(*) FROM {table}"));
}
