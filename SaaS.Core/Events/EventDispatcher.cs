using System.Diagnostics;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using SaaS.Core.Access;
using SaaS.Core.Databases;
using SaaS.Platform.Diagnostics;
using SaaS.Platform.Messaging;
using SaaS.Platform.Postgres;

namespace SaaS.Core.Events;

/// <summary>
/// Gives each event to each of its consumers, once in effect: the note in <c>consumed_events</c> commits with the effect.
/// A consumer that fails is tried again with growing pauses; after the last try its event is set aside as dead and the
/// next one goes on. An engine that is away, or a tenant that is being made or
/// migrated, is no failure of the consumer: then the event waits.
/// </summary>
internal sealed partial class EventDispatcher(
    IServiceScopeFactory scopes, IEnumerable<ConsumerRegistration> registrations, EventTransport transport, TimeProvider clock, ILogger<EventDispatcher> logger) : BackgroundService
{
    public const string Group = "saas-worker";
    private const int MaxAttempts = 5;

    private readonly ILookup<string, ConsumerRegistration> _consumers = registrations.ToLookup(registration => registration.Topic);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        transport.ConsumeAsync(Group, [.. _consumers.Select(topic => topic.Key)], DispatchAsync, stoppingToken);

    private async Task DispatchAsync(EventRecord record, CancellationToken ct)
    {
        var envelope = CloudEvent.Parse(record.Value);
        using var activity = SaaSDiagnostics.Activities.StartActivity($"consume {envelope.Type}", ActivityKind.Consumer, record.TraceParent);

        foreach (var consumer in _consumers[record.Topic])
        {
            await ConsumeAsync(consumer, envelope, record.Value, ct);
        }
    }

    private async Task ConsumeAsync(ConsumerRegistration consumer, CloudEvent envelope, string json, CancellationToken ct)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await ConsumeOnceAsync(consumer, envelope, ct);
                return;
            }
            catch (Exception e) when (!ct.IsCancellationRequested && !MustWait(e))
            {
                LogConsumerFailed(e, consumer.Name, envelope.Id, attempt);
                if (attempt == MaxAttempts)
                {
                    await SetAsideAsync(consumer, envelope, json, e, ct);
                    return;
                }

                await Task.Delay(TimeSpan.FromMilliseconds(100 * Math.Pow(2, attempt) * (0.5 + Random.Shared.NextDouble())), clock, ct);
            }
        }
    }

    private static bool MustWait(Exception failure) => failure is TenantNotOpenException or TenantConnectionsExhaustedException or IOException || PostgresFailures.IsServerAway(failure);

    private async Task ConsumeOnceAsync(ConsumerRegistration consumer, CloudEvent envelope, CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        var services = scope.ServiceProvider;

        if (envelope.TenantId is not { } tenantId || await services.GetRequiredService<BackgroundGate>().EnterAsync(tenantId, Actor.Consumer(consumer.Name), ct) is not { } tenant)
        {
            LogTenantGone(consumer.Name, envelope.Id);
            return;
        }

        await using var db = await services.GetRequiredService<TenantDbFactory>().OpenAsync(tenant, ct);
        if (await db.ConsumedEvents.AnyAsync(consumed => consumed.EventId == envelope.Id && consumed.Consumer == consumer.Name, ct))
        {
            return;
        }

        await consumer.Consume(services, envelope, db, ct);
        db.ConsumedEvents.Add(new ConsumedEvent { EventId = envelope.Id, Consumer = consumer.Name, ConsumedAt = clock.GetUtcNow() });

        try
        {
            await db.SaveChangesAsync(ct);
        }
        catch (DbUpdateException e) when (e.IsUniqueViolation(ConsumedEvent.Mapping.Key))
        {
            // Another worker was faster; its effect stands, and this one was rolled back.
        }
    }

    private async Task SetAsideAsync(ConsumerRegistration consumer, CloudEvent envelope, string json, Exception failure, CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        var control = scope.ServiceProvider.GetRequiredService<ControlDb>();
        control.DeadEvents.Add(new DeadEvent
        {
            EventId = envelope.Id,
            Consumer = consumer.Name,
            TenantId = envelope.TenantId,
            Type = envelope.Type,
            Envelope = json,
            Error = $"{failure.GetType().Name}: {failure.Message}",
            Attempts = MaxAttempts,
            FailedAt = clock.GetUtcNow(),
        });

        try
        {
            await control.SaveChangesAsync(ct);
        }
        catch (DbUpdateException e) when (e.IsUniqueViolation(DeadEvent.Mapping.Key))
        {
            // It is among the dead already: the worker ended between setting it aside and saying so to the transport.
        }
    }

    [LoggerMessage(EventId = 2201, Level = LogLevel.Warning, Message = "Consumer {Consumer} failed on event {Id}, attempt {Attempt}")]
    private partial void LogConsumerFailed(Exception exception, string consumer, Guid id, int attempt);

    [LoggerMessage(EventId = 2202, Level = LogLevel.Information, Message = "Consumer {Consumer} passes over event {Id}: its tenant is gone")]
    private partial void LogTenantGone(string consumer, Guid id);
}
