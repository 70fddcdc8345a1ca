using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Messaging;

/// <summary>A transport that refuses events loses none.</summary>
public sealed class RelayFailureTests(OwnCluster cluster) : IClassFixture<OwnCluster>
{
    private const string Control = "saas_platform";

    // A sequence keeps its count when the transaction that was refused is undone.
    private const string RefuseEvents =
        """
        CREATE SEQUENCE refusals;
        CREATE FUNCTION refuse_event() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS
            $$ BEGIN PERFORM nextval('refusals'); RAISE EXCEPTION 'the transport refuses this event'; END $$;
        CREATE TRIGGER refuse BEFORE INSERT ON event_log FOR EACH ROW EXECUTE FUNCTION refuse_event();
        """;

    [Fact]
    public async Task An_event_stays_in_its_outbox_until_the_transport_has_taken_it()
    {
        await cluster.InDatabaseAsync(Control, RefuseEvents);
        var waiting = await CountAsync("outbox"); // the registration of the cluster's user, at least
        Assert.NotEqual(0, waiting);
        await using var worker = await cluster.StartWorkerProcessAsync();
        await Eventually.HoldsAsync(
            async () => long.Parse(await cluster.ReadAsync(Control, "SELECT last_value FROM refusals")) >= 2, "the relay does not try again");

        Assert.Equal((waiting, 0), (await CountAsync("outbox"), await CountAsync("event_log")));

        await cluster.InDatabaseAsync(Control, "DROP TRIGGER refuse ON event_log");
        await Eventually.HoldsAsync(async () => await CountAsync("outbox") == 0, "the outbox is not drained");
        Assert.Equal(waiting, await CountAsync("event_log"));
    }

    private async Task<long> CountAsync(string table) => long.Parse(await cluster.ReadAsync(Control, $"SELECT count(*) FROM {table}"));
}
