using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using SaaS.Core.Jobs;
using SaaS.Infrastructure.Messaging;

namespace SaaS.Core.Messaging;

/// <summary>
/// Facts that leave a transaction and must arrive. A use case writes an event into the outbox of the database that it
/// changes; the relay carries it to the transport; the dispatcher gives it to its consumers.
/// </summary>
internal static class MessagingModule
{
    public static void AddEvents(this IServiceCollection services)
    {
        services.AddSingleton<PendingTenants>();
        services.AddSingleton<OutboxNotifier>();
        services.AddSingleton(provider => new EventTopics(EventCatalogue.Types, [.. provider.GetServices<ConsumerRegistration>().Select(registration => registration.Topic).Distinct()])
        {
            ByGroup = provider.GetServices<ConsumerRegistration>().GroupBy(registration => registration.Group, registration => registration.Topic)
                .ToDictionary(topics => topics.Key, topics => (IReadOnlyCollection<string>)[.. topics.Distinct()]),
        });
        services.AddJob<PurgeConsumedEventsJob>("purge-consumed-events", "Empties the event log of what every consumer has had for a week", cron: "0 30 3 * * ?");
    }

    /// <summary>What only the worker runs.</summary>
    public static void AddEventDelivery(this IServiceCollection services)
    {
        services.AddHostedService<OutboxRelay>();
        foreach (var group in ConsumerGroups.All)
        {
            services.AddSingleton<IHostedService>(provider => ActivatorUtilities.CreateInstance<EventDispatcher>(provider, group));
        }
    }
}
