using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using SaaS.Core.Messaging;
using SaaS.Core.Persistence;
using SaaS.Infrastructure.Messaging;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Messaging;

/// <summary>
/// Tests events of a tenant that stays closed for longer than the consumer's timeout, in a worker whose clock the test controls.
/// </summary>
public sealed class ConsumerTimeoutTests(OwnCluster cluster) : IClassFixture<OwnCluster>
{
    private static readonly TimeSpan LongerThanTheTimeout = TimeSpan.FromSeconds(61);

    private readonly ShiftedClock _clock = new();

    [Fact]
    public async Task A_closed_tenant_times_out_once_and_delays_no_other()
    {
        var (closed, other) = (await cluster.CreateTenantAsync("Closed"), await cluster.CreateTenantAsync("Other"));
        await SetVersionAsync(OwnCluster.Before, closed, other);
        using var log = new CollectedLog();
        await using var worker = cluster.NewWorker(_clock);
        worker.Start();
        worker.Services.GetRequiredService<ILoggerFactory>().AddProvider(log);

        // Events with the same key: each waits until the previous one has been processed.
        var events = await PublishAsync(closed, closed, other);
        await FailsAsync(log, events[0], attempt: 1);
        _clock.Ahead += LongerThanTheTimeout;
        await FailsAsync(log, events[2], attempt: 2); // another tenant has a timeout of its own
        Assert.NotEqual("1", await AttemptsAsync(events[0]));
        Assert.Equal("1", await AttemptsAsync(events[1]));
        await SetVersionAsync(SchemaVersions.Tenant, other);
        await IsConsumedAsync(other, events[2]);

        // After another timeout, the consumer waits for the tenant again.
        _clock.Ahead += LongerThanTheTimeout;
        var later = Assert.Single(await PublishAsync(closed));
        await FailsAsync(log, later, attempt: 2);
        await SetVersionAsync(SchemaVersions.Tenant, closed);
        await IsConsumedAsync(closed, later);
        Assert.Equal("", await AttemptsAsync(events[2]) + await AttemptsAsync(later));
    }

    private async Task SetVersionAsync(string version, params ClusterTenant[] tenants)
    {
        foreach (var tenant in tenants)
        {
            await cluster.SetVersionAsync(tenant, version);
        }
    }

    private async Task<Guid[]> PublishAsync(params ClusterTenant[] tenants)
    {
        var now = TimeProvider.System.GetUtcNow();
        var uploaded = new DocumentUploaded(
            Guid.CreateVersion7(now),
            Guid.CreateVersion7(now),
            Guid.CreateVersion7(now),
            Deduplicated: false
        );
        var envelopes = Array.ConvertAll(
            tenants,
            tenant => CloudEvent.Create(uploaded, Guid.CreateVersion7(now), uploaded.DocumentId.ToString(), now, tenant.Id)
        );
        await cluster
            .Services.GetRequiredService<EventTransport>()
            .PublishAsync(
                [.. envelopes.Select(envelope => new EventRecord(envelope.Type, "one key", envelope.ToJson(), TraceParent: null))],
                TestContext.Current.CancellationToken
            );
        return Array.ConvertAll(envelopes, envelope => envelope.Id);
    }

    private static Task FailsAsync(CollectedLog log, Guid id, int attempt) =>
        Eventually.HoldsAsync(
            () => Task.FromResult(log.Text.Contains($"failed on event {id}, attempt {attempt}", StringComparison.Ordinal)),
            $"attempt {attempt} has not failed"
        );

    private Task IsConsumedAsync(ClusterTenant tenant, Guid id) =>
        Eventually.HoldsAsync(
            async () => await cluster.ReadAsync(tenant.Database, $"SELECT count(*) FROM consumed_events WHERE event_id = '{id}'") == "1",
            "the event is not consumed"
        );

    /// <summary>Reads the number of attempts of a dead letter; empty for an event that is not a dead letter.</summary>
    private Task<string> AttemptsAsync(Guid id) =>
        cluster.ReadAsync("saas_platform", $"SELECT attempts FROM dead_letters WHERE event_id = '{id}'");
}
