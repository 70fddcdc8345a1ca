using Microsoft.Extensions.DependencyInjection;
using SaaS.Core.Databases;

namespace SaaS.Core.Events;

/// <summary>A consumer as the worker runs it.</summary>
/// <param name="Topic">The type of the events that it takes.</param>
/// <param name="Name">Stands in <c>consumed_events</c>: under another name a consumer would not recognise what it has dealt with.</param>
/// <param name="Consume">Calls the consumer with the event's data.</param>
internal sealed record ConsumerRegistration(string Topic, string Name, Func<IServiceProvider, CloudEvent, TenantDb, CancellationToken, Task> Consume);

internal static class Consumers
{
    /// <summary>Subscribes a consumer; capabilities call this, the worker runs it.</summary>
    public static void AddTenantConsumer<TConsumer, TEvent>(this IServiceCollection services, string name)
        where TConsumer : TenantEventConsumer<TEvent>
        where TEvent : IEvent
    {
        services.AddScoped<TConsumer>();
        services.AddSingleton(new ConsumerRegistration(TEvent.Type, name, (provider, envelope, db, ct) =>
            provider.GetRequiredService<TConsumer>().ConsumeAsync(envelope.ReadData<TEvent>(), db, ct)));
    }
}
