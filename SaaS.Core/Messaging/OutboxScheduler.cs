using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using SaaS.Core.Tenancy.Catalog;
using SaaS.Infrastructure.Postgres;

namespace SaaS.Core.Messaging;

/// <summary>
/// Schedules the relay: decides which outboxes to drain. A notification names the tenant that has just written; pending-tenant markers
/// cover lost notifications, and an hourly scan of all tenants is the last resort.
/// </summary>
internal sealed partial class OutboxScheduler(
    IServiceScopeFactory scopes,
    PendingTenants pending,
    OutboxPublisher publisher,
    PostgresNotifications notifications,
    TimeProvider clock,
    ILogger<OutboxScheduler> logger
) : BackgroundService
{
    private const int MaxConcurrency = 8;
    private static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan ScanInterval = TimeSpan.FromHours(1);

    // The key of the control database's outbox among those of the tenants.
    private static readonly Guid Control = Guid.Empty;

    // Tenants are drained concurrently, so that one that cannot be published delays no other; an advisory lock allows one relay per tenant.
    private readonly ConcurrentDictionary<Guid, Drain> _underWay = [];
    private readonly ConcurrentDictionary<Guid, DateTimeOffset> _emptySince = [];
    private readonly ConcurrentQueue<Guid> _notifiedOutboxes = [];
    private readonly SemaphoreSlim _slots = new(MaxConcurrency);
    private readonly WakeUp _wake = new();

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var listening = notifications.ListenAsync(OutboxNotifier.Channel, OnNotification, clock, stoppingToken);
        var nextPoll = clock.GetUtcNow();
        var nextScan = clock.GetUtcNow() + ScanInterval;

        while (!listening.IsCompleted)
        {
            while (_notifiedOutboxes.TryDequeue(out var outbox))
            {
                Start(outbox, marker: null, stoppingToken);
            }

            if (clock.GetUtcNow() >= nextPoll)
            {
                nextPoll = clock.GetUtcNow() + PollInterval;
                await TryAsync(StartMarkedAsync, stoppingToken);
            }

            if (clock.GetUtcNow() >= nextScan)
            {
                nextScan = clock.GetUtcNow() + ScanInterval;
                await TryAsync(StartAllAsync, stoppingToken);
            }

            await _wake.WaitAsync(PollInterval, clock, stoppingToken);
        }

        await listening; // completes only by cancellation or with an exception that must stop the host
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await Task.WhenAll(_underWay.Values.Select(drain => drain.Work))
            .WaitAsync(cancellationToken)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public override void Dispose()
    {
        _slots.Dispose();
        base.Dispose();
    }

    private void OnNotification(string about)
    {
        _notifiedOutboxes.Enqueue(Guid.TryParse(about, out var tenantId) ? tenantId : Control);
        _wake.Set();
    }

    private async Task TryAsync(Func<CancellationToken, Task> start, CancellationToken ct)
    {
        try
        {
            await start(ct);
        }
#pragma warning disable CA1031 // no failure of the control database may stop the relay
        catch (Exception e) when (!ct.IsCancellationRequested)
#pragma warning restore CA1031
        {
            LogPollFailed(e);
        }
    }

    private async Task StartMarkedAsync(CancellationToken ct)
    {
        var pendingOutboxes = await pending.PollAsync(ct);
        if (pendingOutboxes.HasControlMessages)
        {
            Start(Control, marker: null, ct);
        }

        foreach (var marker in pendingOutboxes.Markers)
        {
            // An outbox found empty after its marker was set is skipped until the marker is old; then it is polled a last time.
            if (
                marker.IsExpired
                || !_emptySince.TryGetValue(marker.TenantId, out var emptyAt)
                || marker.MarkedAt + PendingTenants.Precision >= emptyAt
            )
            {
                Start(marker.TenantId, marker, ct);
            }
        }
    }

    private async Task StartAllAsync(CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        await foreach (var tenantId in scope.ServiceProvider.GetRequiredService<SystemTenantAccess>().ListAsync().WithCancellation(ct))
        {
            Start(tenantId, marker: null, ct);
        }
    }

    private void Start(Guid outbox, PendingTenants.Marker? marker, CancellationToken ct)
    {
        if (_underWay.TryGetValue(outbox, out var underWay) && underWay.TryRequestRepeat())
        {
            return; // the running drain may have missed the new event, so it polls again
        }

        var drain = new Drain();
        _underWay[outbox] = drain;
        drain.Work = Task.Run(() => RunAsync(outbox, marker, drain, ct), CancellationToken.None);
    }

    private async Task RunAsync(Guid outbox, PendingTenants.Marker? marker, Drain drain, CancellationToken ct)
    {
        try
        {
            await _slots.WaitAsync(ct);
            try
            {
                await (outbox == Control ? publisher.DrainControlAsync(ct) : DrainTenantAsync(outbox, marker, ct));
            }
            finally
            {
                _slots.Release();
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // Shutdown: unpublished messages stay in the outbox.
        }
        catch (TenantNotReadyException)
        {
            // The tenant is being created or migrated; its marker causes a retry.
        }
#pragma warning disable CA1031 // a failure of one tenant must not stop the relay for all
        catch (Exception e)
#pragma warning restore CA1031
        {
            LogDrainFailed(e, outbox); // the marker still exists, so the next poll retries
        }

        var again = drain.End();
        _underWay.TryRemove(KeyValuePair.Create(outbox, drain));
        if (again)
        {
            _notifiedOutboxes.Enqueue(outbox);
            _wake.Set();
        }
    }

    private async Task DrainTenantAsync(Guid tenantId, PendingTenants.Marker? marker, CancellationToken ct)
    {
        switch (await publisher.DrainTenantAsync(tenantId, ct))
        {
            case DrainResult.UnknownTenant:
                await pending.DeleteAsync(tenantId, ct);
                break;
            case DrainResult.Empty when marker is { IsExpired: true }:
                await pending.ClearAsync(marker, ct);
                _emptySince.TryRemove(tenantId, out _);
                break;
            case DrainResult.Empty when marker is not null:
                _emptySince[tenantId] = marker.ReadAt;
                break;
            default:
                break; // another relay is draining it, or no marker caused this drain
        }
    }

    [LoggerMessage(EventId = 2101, Level = LogLevel.Warning, Message = "PostgreSQL is unavailable; the outboxes are polled again soon")]
    private partial void LogPollFailed(Exception exception);

    [LoggerMessage(
        EventId = 2102,
        Level = LogLevel.Warning,
        Message = "The outbox of tenant {TenantId} could not be drained; it is retried soon"
    )]
    private partial void LogDrainFailed(Exception exception, Guid tenantId);

    private sealed class Drain
    {
        private readonly Lock _gate = new();
        private bool _repeatRequested;
        private bool _ended;

        public Task Work { get; set; } = Task.CompletedTask;

        /// <returns>False if the drain has ended and a new one must be started.</returns>
        public bool TryRequestRepeat()
        {
            lock (_gate)
            {
                _repeatRequested = true;
                return !_ended;
            }
        }

        /// <returns>True if another poll was requested.</returns>
        public bool End()
        {
            lock (_gate)
            {
                _ended = true;
                return _repeatRequested;
            }
        }
    }
}
