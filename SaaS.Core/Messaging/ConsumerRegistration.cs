using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using SaaS.Core.Access;
using SaaS.Core.Persistence;

namespace SaaS.Core.Messaging;

/// <summary>A consumer as the worker runs it.</summary>
/// <param name="Topic">The type of the events that it takes.</param>
/// <param name="Name">Stands in <c>consumed_events</c>: under another name a consumer would not recognise what it has dealt with.</param>
/// <param name="Group">The consumer group that it belongs to.</param>
/// <param name="PrepareAsync">Does what takes long before the database is opened for the effect; null where nothing does.</param>
/// <param name="OpenAsync">Opens the database in which its effect is; null when that is gone.</param>
/// <param name="ConsumeAsync">Calls the consumer with the event's data.</param>
internal sealed record ConsumerRegistration(
    string Topic,
    string Name,
    string Group,
    Func<IServiceProvider, CloudEvent, CancellationToken, Task>? PrepareAsync,
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
            ConsumerGroups.Default,
            PrepareAsync: null,
            async (provider, envelope, ct) =>
                envelope.TenantId is { } tenantId && await provider.GetRequiredService<SystemTenantAccess>().EnterAsync(tenantId, Actor.Consumer(name), ct) is { } tenant
                    ? await provider.GetRequiredService<TenantDbFactory>().OpenAsync(tenant, ct)
                    : null,
            (provider, envelope, db, ct) => provider.GetRequiredService<TConsumer>().ConsumeAsync(envelope.ReadData<TEvent>(), (TenantDbContext)db, ct)));
    }

    /// <summary>
    /// Subscribes a consumer that reads or removes objects. It has a consumer group of its own: however long an object takes, the events of
    /// other consumers go on. No database is open meanwhile.
    /// </summary>
    public static void AddObjectConsumer<TConsumer, TEvent>(this IServiceCollection services, string name)
        where TConsumer : TenantEventConsumer<TEvent>
        where TEvent : IEvent
    {
        services.AddScoped<TConsumer>();
        services.AddSingleton(new ConsumerRegistration(
            TEvent.Type,
            name,
            ConsumerGroups.Objects,
            async (provider, envelope, ct) =>
            {
                if (await EnterAsync(provider, envelope, ct) is { } scope)
                {
                    await provider.GetRequiredService<TConsumer>().PrepareAsync(envelope.ReadData<TEvent>(), scope, ct);
                }
            },
            async (provider, envelope, ct) => await EnterAsync(provider, envelope, ct) is { } scope ? await provider.GetRequiredService<TenantDbFactory>().OpenAsync(scope, ct) : null,
            (provider, envelope, db, ct) => provider.GetRequiredService<TConsumer>().ConsumeAsync(envelope.ReadData<TEvent>(), (TenantDbContext)db, ct)));

        async Task<TenantScope?> EnterAsync(IServiceProvider provider, CloudEvent envelope, CancellationToken ct) =>
            envelope.TenantId is { } tenantId ? await provider.GetRequiredService<SystemTenantAccess>().EnterAsync(tenantId, Actor.Consumer(name), ct) : null;
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
            ConsumerGroups.Default,
            PrepareAsync: null,
            (provider, _, _) => Task.FromResult<DbContext?>(provider.GetRequiredService<ControlDbContext>()),
            (provider, envelope, db, ct) => provider.GetRequiredService<TConsumer>().ConsumeAsync(envelope.ReadData<TEvent>(), (ControlDbContext)db, ct)));
    }
}
