using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using SaaS.Core.Access;
using SaaS.Core.Persistence;
using SaaS.Infrastructure.Messaging;
using SaaS.Infrastructure.Postgres;

namespace SaaS.Core.Messaging;

/// <summary>
/// Carries events from every outbox to the transport, in each outbox's order. A signal names the tenant that has just
/// written; the hints name those whose signal was lost; a slow sweep over all tenants is the last resort. Tenants are
/// drained side by side, so that one that cannot be published delays no other, and one relay at a time drains a tenant:
/// it holds a lock in the tenant's own database that dies with it.
/// </summary>
internal sealed partial class OutboxRelay(
    IServiceScopeFactory scopes, PendingTenants pending, EventTransport transport, PostgresNotifications signals, TimeProvider clock, ILogger<OutboxRelay> logger) : BackgroundService
{
    private const int BatchSize = 1_000;
    private const int SideBySide = 8;
    private static readonly TimeSpan LookAtHints = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Sweep = TimeSpan.FromHours(1);

    // The control database drains under a name of its own beside the tenants.
    private static readonly Guid Control = Guid.Empty;

    private readonly ConcurrentDictionary<Guid, Drain> _underWay = [];
    private readonly ConcurrentDictionary<Guid, DateTimeOffset> _foundEmpty = [];
    private readonly ConcurrentQueue<Guid> _signalled = [];
    private readonly SemaphoreSlim _places = new(SideBySide);
    private readonly WakeUp _wake = new();

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var listening = signals.ListenAsync(OutboxNotifier.Channel, OnSignal, clock, stoppingToken);
        var nextLook = clock.GetUtcNow();
        var nextSweep = clock.GetUtcNow() + Sweep;

        while (!listening.IsCompleted)
        {
            while (_signalled.TryDequeue(out var outbox))
            {
                Start(outbox, hint: null, stoppingToken);
            }

            if (clock.GetUtcNow() >= nextLook)
            {
                nextLook = clock.GetUtcNow() + LookAtHints;
                await TryAsync(StartHintedAsync, stoppingToken);
            }

            if (clock.GetUtcNow() >= nextSweep)
            {
                nextSweep = clock.GetUtcNow() + Sweep;
                await TryAsync(StartAllAsync, stoppingToken);
            }

            await _wake.WaitAsync(LookAtHints, clock, stoppingToken);
        }

        await listening; // ends only by being cancelled, or by a fault that the host must see
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await Task.WhenAll(_underWay.Values.Select(drain => drain.Work)).WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public override void Dispose()
    {
        _places.Dispose();
        base.Dispose();
    }

    private void OnSignal(string about)
    {
        _signalled.Enqueue(Guid.TryParse(about, out var tenantId) ? tenantId : Control);
        _wake.Set();
    }

    private async Task TryAsync(Func<CancellationToken, Task> start, CancellationToken ct)
    {
        try
        {
            await start(ct);
        }
#pragma warning disable CA1031 // the relay must outlive whatever the control database answers
        catch (Exception e) when (!ct.IsCancellationRequested)
#pragma warning restore CA1031
        {
            LogLookingAgain(e);
        }
    }

    private async Task StartHintedAsync(CancellationToken ct)
    {
        var found = await pending.LookAsync(ct);
        if (found.ControlWaits)
        {
            Start(Control, hint: null, ct);
        }

        foreach (var hint in found.Hints)
        {
            // One that was found empty since it was marked is left alone until it is old: then comes the last look.
            if (hint.IsOld || !_foundEmpty.TryGetValue(hint.TenantId, out var emptyAt) || hint.MarkedAt + PendingTenants.Precision >= emptyAt)
            {
                Start(hint.TenantId, hint, ct);
            }
        }
    }

    private async Task StartAllAsync(CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        await foreach (var tenantId in scope.ServiceProvider.GetRequiredService<SystemTenantAccess>().ListAsync().WithCancellation(ct))
        {
            Start(tenantId, hint: null, ct);
        }
    }

    private void Start(Guid outbox, PendingTenants.Hint? hint, CancellationToken ct)
    {
        if (_underWay.TryGetValue(outbox, out var underWay) && underWay.TryAskAgain())
        {
            return; // it may have looked already when the new event was committed, and looks once more
        }

        var drain = new Drain();
        _underWay[outbox] = drain;
        drain.Work = Task.Run(() => RunAsync(outbox, hint, drain, ct), CancellationToken.None);
    }

    private async Task RunAsync(Guid outbox, PendingTenants.Hint? hint, Drain drain, CancellationToken ct)
    {
        try
        {
            await _places.WaitAsync(ct);
            try
            {
                await (outbox == Control ? DrainControlAsync(ct) : DrainTenantAsync(outbox, hint, ct));
            }
            finally
            {
                _places.Release();
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // Stopping: what was not published stays in its outbox.
        }
        catch (TenantNotReadyException)
        {
            // It is being made or migrated: its hint brings us back.
        }
#pragma warning disable CA1031 // whatever stands in one tenant's way must not end the relay for all of them
        catch (Exception e)
#pragma warning restore CA1031
        {
            LogDrainFailed(e, outbox); // the hint is still there: the next look tries again
        }

        var again = drain.End();
        _underWay.TryRemove(KeyValuePair.Create(outbox, drain));
        if (again)
        {
            _signalled.Enqueue(outbox);
            _wake.Set();
        }
    }

    private async Task DrainControlAsync(CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        await DrainAsync(scope.ServiceProvider.GetRequiredService<ControlDbContext>(), ct);
    }

    private async Task DrainTenantAsync(Guid tenantId, PendingTenants.Hint? hint, CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        if (await scope.ServiceProvider.GetRequiredService<SystemTenantAccess>().EnterAsync(tenantId, Actor.Relay, ct) is not { } tenant)
        {
            await pending.ForgetAsync(tenantId, ct);
            return;
        }

        await using var db = await scope.ServiceProvider.GetRequiredService<TenantDbFactory>().OpenAsync(tenant, ct);
        if (!await DrainAsync(db, ct) || hint is null)
        {
            return;
        }

        if (hint.IsOld)
        {
            await pending.ClearAsync(hint, ct);
            _foundEmpty.TryRemove(tenantId, out _);
        }
        else
        {
            _foundEmpty[tenantId] = hint.ReadAt;
        }
    }

    /// <returns>Whether the outbox was found empty; false if another relay is draining it.</returns>
    private async Task<bool> DrainAsync(DbContext db, CancellationToken ct)
    {
        await db.Database.OpenConnectionAsync(ct);
        await using var mine = await AdvisoryLock.TryAcquireAsync((NpgsqlConnection)db.Database.GetDbConnection(), "outbox", ct);
        if (mine is null)
        {
            return false;
        }

        var outbox = db.Set<OutboxMessage>().AsNoTracking().Where(message => message.Position != null).OrderBy(message => message.Position).Take(BatchSize);
        List<OutboxMessage> batch;
        do
        {
            batch = await outbox.ToListAsync(ct);
            if (batch is [.., var last])
            {
                await PublishAsync(batch, ct);

                // Only after the broker has them. A crash in between publishes them again, in the same order.
                await db.Set<OutboxMessage>().Where(message => message.Position <= last.Position).ExecuteDeleteAsync(ct);
            }
        }
        while (batch.Count == BatchSize); // fewer were all that there were: what came meanwhile has a signal of its own

        return true;
    }

    private async Task PublishAsync(List<OutboxMessage> batch, CancellationToken ct)
    {
        var spans = batch.ConvertAll(Begin);
        try
        {
            await transport.PublishAsync([.. batch.Zip(spans, (message, span) => new EventRecord(message.Type, message.Key, message.Envelope, span?.Id ?? message.TraceParent))], ct);
        }
        catch (Exception e)
        {
            spans.ForEach(span => EventSpans.SetError(span, e, e.GetType().Name));
            throw;
        }
        finally
        {
            spans.ForEach(span => span?.Dispose());
        }
    }

    private Activity? Begin(OutboxMessage message)
    {
        var current = Activity.Current;
        var span = EventSpans.StartPublish(message, transport.MessagingSystem);
        Activity.Current = current; // the spans of a batch lie side by side, not one in another
        return span;
    }

    [LoggerMessage(EventId = 2101, Level = LogLevel.Warning, Message = "PostgreSQL is away; looking at the outboxes again soon")]
    private partial void LogLookingAgain(Exception exception);

    [LoggerMessage(EventId = 2102, Level = LogLevel.Warning, Message = "The outbox of tenant {TenantId} could not be drained; trying again soon")]
    private partial void LogDrainFailed(Exception exception, Guid tenantId);

    private sealed class Drain
    {
        private readonly Lock _gate = new();
        private bool _again;
        private bool _ended;

        public Task Work { get; set; } = Task.CompletedTask;

        /// <returns>False when it has ended: then a new one has to begin.</returns>
        public bool TryAskAgain()
        {
            lock (_gate)
            {
                _again = true;
                return !_ended;
            }
        }

        /// <returns>Whether it was asked to look again.</returns>
        public bool End()
        {
            lock (_gate)
            {
                _ended = true;
                return _again;
            }
        }
    }
}
