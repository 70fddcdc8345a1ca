using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using SaaS.Core.Access;
using SaaS.Core.Databases;

namespace SaaS.Core.Events;

/// <summary>A consumer as the worker runs it.</summary>
/// <param name="Topic">The type of the events that it takes.</param>
/// <param name="Name">Stands in <c>consumed_events</c>: under another name a consumer would not recognise what it has dealt with.</param>
/// <param name="OpenAsync">Opens the database in which its effect is; null when that is gone.</param>
/// <param name="ConsumeAsync">Calls the consumer with the event's data.</param>
internal sealed record ConsumerRegistration(
    string Topic,
    string Name,
    Func<IServiceProvider, CloudEvent, CancellationToken, Task<DbContext?>> OpenAsync,
    Func<IServiceProvider, CloudEvent, DbContext, CancellationToken, Task> ConsumeAsync);

/// <summary>How capabilities subscribe their consumers; the worker runs them.</summary>
internal static class Consumers
{
    /// <summary>Subscribes a consumer whose effect is in the tenant where the event happened.</summary>
    public static void AddTenantConsumer<TConsumer, TEvent>(this IServiceCollection services, string name)
        where TConsumer : TenantEventConsumer<TEvent>
        where TEvent : IEvent
    {
        services.AddScoped<TConsumer>();
        services.AddSingleton(new ConsumerRegistration(
            TEvent.Type,
            name,
            async (provider, envelope, ct) =>
                envelope.TenantId is { } tenantId && await provider.GetRequiredService<BackgroundGate>().EnterAsync(tenantId, Actor.Consumer(name), ct) is { } tenant
                    ? await provider.GetRequiredService<TenantDbFactory>().OpenAsync(tenant, ct)
                    : null,
            (provider, envelope, db, ct) => provider.GetRequiredService<TConsumer>().ConsumeAsync(envelope.ReadData<TEvent>(), (TenantDb)db, ct)));
    }

    /// <summary>Subscribes a consumer whose effect is in the control database, or outside every database.</summary>
    public static void AddPlatformConsumer<TConsumer, TEvent>(this IServiceCollection services, string name)
        where TConsumer : PlatformEventConsumer<TEvent>
        where TEvent : IEvent
    {
        services.AddScoped<TConsumer>();
        services.AddSingleton(new ConsumerRegistration(
            TEvent.Type,
            name,
            (provider, _, _) => Task.FromResult<DbContext?>(provider.GetRequiredService<ControlDb>()),
            (provider, envelope, db, ct) => provider.GetRequiredService<TConsumer>().ConsumeAsync(envelope.ReadData<TEvent>(), (ControlDb)db, ct)));
    }
}
