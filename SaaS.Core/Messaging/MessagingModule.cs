using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using SaaS.Core.Jobs;
using SaaS.Core.Persistence;
using SaaS.Infrastructure.Messaging;

namespace SaaS.Core.Messaging;

/// <summary>
/// Registers reliable messaging. A use case writes an event into the outbox of the database that it changes; the relay publishes it to the
/// transport (PostgreSQL or Kafka); the dispatcher passes it to its consumers.
/// </summary>
internal static class MessagingModule
{
    extension(ControlDbContext db)
    {
        public DbSet<OutboxMessage> OutboxMessages => db.Set<OutboxMessage>();

        public DbSet<PendingTenant> PendingTenants => db.Set<PendingTenant>();

        public DbSet<ConsumedEvent> ConsumedEvents => db.Set<ConsumedEvent>();

        public DbSet<DeadLetter> DeadLetters => db.Set<DeadLetter>();

        /// <summary>Publishes events in the current transaction.</summary>
        public Outbox Outbox => db.GetAttached(() => new Outbox(db));
    }

    extension(TenantDbContext db)
    {
        public DbSet<OutboxMessage> OutboxMessages => db.Set<OutboxMessage>();

        public DbSet<ConsumedEvent> ConsumedEvents => db.Set<ConsumedEvent>();

        /// <summary>Publishes events in the current transaction.</summary>
        public TenantOutbox Outbox => db.GetAttached(() => new TenantOutbox(new Outbox(db), db.Scope.TenantId));
    }

    public static void AddEvents(this IServiceCollection services)
    {
        services.AddSingleton<PendingTenants>();
        services.AddDbInterceptor<OutboxNotifier>();
        services.AddSingleton(provider => new EventTopics(
            EventCatalogue.Types,
            [.. provider.GetServices<ConsumerRegistration>().Select(registration => registration.Topic).Distinct()]
        )
        {
            ByGroup = provider
                .GetServices<ConsumerRegistration>()
                .GroupBy(registration => registration.Group, registration => registration.Topic)
                .ToDictionary(topics => topics.Key, topics => (IReadOnlyCollection<string>)[.. topics.Distinct()]),
        });
        services.AddJob<PurgeConsumedEventsJob>(
            "purge-consumed-events",
            "Deletes events that all consumers processed more than a week ago",
            cron: "0 30 3 * * ?"
        );
    }

    /// <summary>Adds the relay and the dispatchers, which only the worker runs.</summary>
    public static void AddEventDelivery(this IServiceCollection services)
    {
        services.AddSingleton<OutboxPublisher>();
        services.AddHostedService<OutboxScheduler>();
        foreach (var group in ConsumerGroups.All)
        {
            services.AddSingleton<IHostedService>(provider => ActivatorUtilities.CreateInstance<EventDispatcher>(provider, group));
        }
    }
}
