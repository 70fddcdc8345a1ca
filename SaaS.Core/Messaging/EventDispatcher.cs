using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy.Catalog;
using SaaS.Infrastructure.Messaging;
using SaaS.Infrastructure.Postgres;

namespace SaaS.Core.Messaging;

/// <summary>
/// Dispatches each event to its consumers with exactly one effect: the row in <c>consumed_events</c> commits with the effect.
/// Failures are retried with growing delays and then become dead letters; a lost connection to PostgreSQL is not counted as a failure.
/// </summary>
internal sealed partial class EventDispatcher(
    string group,
    IServiceScopeFactory scopes,
    IEnumerable<ConsumerRegistration> registrations,
    EventTransport transport,
    TimeProvider clock,
    ILogger<EventDispatcher> logger
) : BackgroundService
{
    private const int MaxAttempts = 5;

    /// <summary>The time for which transient failures are retried, such as a migration of the tenant.</summary>
    private static readonly TimeSpan RetryTimeout = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<(string Consumer, Guid? TenantId), long> _timedOutAt = [];
    private readonly ILookup<string, ConsumerRegistration> _consumers = registrations
        .Where(registration => registration.Group == group)
        .ToLookup(registration => registration.Topic);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        transport.ConsumeAsync(group, [.. _consumers.Select(topic => topic.Key)], DispatchAsync, stoppingToken);

    private async Task DispatchAsync(EventRecord record, CancellationToken ct)
    {
        if (CloudEvent.TryParse(record.Value) is not { } envelope)
        {
            await DeadLetterAsync(
                consumer: "(unreadable)",
                Guid.CreateVersion7(clock.GetUtcNow()),
                tenantId: null,
                record,
                "Not a CloudEvent",
                attempts: 1,
                ct
            );
            return;
        }

        using var span = EventSpans.StartProcess(record, envelope, transport.MessagingSystem, group);
        foreach (var consumer in _consumers[record.Topic])
        {
            await ConsumeAsync(consumer, envelope, record, ct);
        }
    }

    private async Task ConsumeAsync(ConsumerRegistration consumer, CloudEvent envelope, EventRecord record, CancellationToken ct)
    {
        var startedAt = clock.GetTimestamp();
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await ConsumeOnceAsync(consumer, envelope, ct);
                return;
            }
            catch (Exception e) when (!ct.IsCancellationRequested && !PostgresFailures.IsConnectionLost(e))
            {
                LogConsumerFailed(e, consumer.Name, envelope.Id, attempt);
                var tryAgain = IsTransient(e)
                    ? clock.GetElapsedTime(startedAt) < RetryTimeout && !HasJustTimedOut(consumer, envelope)
                    : attempt < MaxAttempts;
                if (!tryAgain)
                {
                    RecordTimeout(consumer, envelope, isTransient: IsTransient(e));
                    EventSpans.SetError(Activity.Current, e, consumer.Name);
                    await DeadLetterAsync(
                        consumer.Name,
                        envelope.Id,
                        envelope.TenantId,
                        record,
                        $"{e.GetType().Name}: {e.Message}",
                        attempt,
                        ct
                    );
                    return;
                }

                var pause = Math.Min(100 * Math.Pow(2, attempt), 5_000) * (0.5 + Random.Shared.NextDouble());
                await Task.Delay(TimeSpan.FromMilliseconds(pause), clock, ct);
            }
        }
    }

    // Transient failures have a cause outside of the event, so they are retried for longer.
    private static bool IsTransient(Exception failure) =>
        failure is TenantNotReadyException or TenantConnectionsExhaustedException or IOException
        || PostgresFailures.IsServerUnavailable(failure);

    // If a tenant or mail server stays unavailable, not every further event of it may delay the others for the full timeout.
    private bool HasJustTimedOut(ConsumerRegistration consumer, CloudEvent envelope) =>
        _timedOutAt.TryGetValue((consumer.Name, envelope.TenantId), out var at) && clock.GetElapsedTime(at) < RetryTimeout;

    private void RecordTimeout(ConsumerRegistration consumer, CloudEvent envelope, bool isTransient)
    {
        if (isTransient)
        {
            _timedOutAt[(consumer.Name, envelope.TenantId)] = clock.GetTimestamp();
        }
    }

    private async Task ConsumeOnceAsync(ConsumerRegistration consumer, CloudEvent envelope, CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        var services = scope.ServiceProvider;

        if (consumer.PrepareAsync is { } prepare)
        {
            if (await IsConsumedAsync())
            {
                return;
            }

            await prepare(services, envelope, ct);
        }

        await using var db = await consumer.OpenAsync(services, envelope, ct);
        if (db is null)
        {
            LogTenantGone(consumer.Name, envelope.Id);
            return;
        }

        if (await HasConsumedAsync(db))
        {
            return;
        }

        await consumer.ConsumeAsync(services, envelope, db, ct);
        db.Add(
            new ConsumedEvent
            {
                EventId = envelope.Id,
                Consumer = consumer.Name,
                ConsumedAt = clock.GetUtcNow(),
            }
        );

        try
        {
            await db.SaveChangesAsync(ct);
        }
        catch (DbUpdateException e) when (e.IsUniqueViolation(ConsumedEvent.Mapping.Key))
        {
            // Another worker has committed the same effect first; this one was rolled back.
        }

        Task<bool> HasConsumedAsync(DbContext opened) =>
            opened.Set<ConsumedEvent>().AnyAsync(consumed => consumed.EventId == envelope.Id && consumed.Consumer == consumer.Name, ct);

        // The database is not kept open, because the preparation may be slow.
        async Task<bool> IsConsumedAsync()
        {
            await using var opened = await consumer.OpenAsync(services, envelope, ct);
            return opened is not null && await HasConsumedAsync(opened);
        }
    }

    private async Task DeadLetterAsync(
        string consumer,
        Guid eventId,
        Guid? tenantId,
        EventRecord record,
        string error,
        int attempts,
        CancellationToken ct
    )
    {
        await using var scope = scopes.CreateAsyncScope();
        var control = scope.ServiceProvider.GetRequiredService<ControlDbContext>();
        control.DeadLetters.Add(
            new DeadLetter
            {
                EventId = eventId,
                Consumer = consumer,
                TenantId = tenantId,
                Type = record.Topic,
                Envelope = record.Value,
                Error = error,
                Attempts = attempts,
                FailedAt = clock.GetUtcNow(),
            }
        );

        try
        {
            await control.SaveChangesAsync(ct);
        }
        catch (DbUpdateException e) when (e.IsUniqueViolation(DeadLetter.Mapping.Key))
        {
            // The dead letter exists already: the worker stopped before it acknowledged the record to the transport.
        }
    }

    [LoggerMessage(EventId = 2201, Level = LogLevel.Warning, Message = "Consumer {Consumer} failed on event {Id}, attempt {Attempt}")]
    private partial void LogConsumerFailed(Exception exception, string consumer, Guid id, int attempt);

    [LoggerMessage(
        EventId = 2202,
        Level = LogLevel.Information,
        Message = "Consumer {Consumer} skipped event {Id}: its tenant no longer exists"
    )]
    private partial void LogTenantGone(string consumer, Guid id);
}
