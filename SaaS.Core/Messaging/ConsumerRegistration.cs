using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using SaaS.Core.Access;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy.Catalog;

namespace SaaS.Core.Messaging;

/// <summary>The registration of a consumer that the worker runs.</summary>
/// <param name="Topic">The event type to which it subscribes.</param>
/// <param name="Name">The name in <c>consumed_events</c>. A renamed consumer would process events again.</param>
/// <param name="Group">The consumer group of the consumer.</param>
/// <param name="PrepareAsync">Does slow work before the database is opened; null if there is none.</param>
/// <param name="OpenAsync">Opens the database that the consumer changes; returns null if it no longer exists.</param>
/// <param name="ConsumeAsync">Calls the consumer with the event's data.</param>
internal sealed record ConsumerRegistration(
    string Topic,
    string Name,
    string Group,
    Func<IServiceProvider, CloudEvent, CancellationToken, Task>? PrepareAsync,
    Func<IServiceProvider, CloudEvent, CancellationToken, Task<DbContext?>> OpenAsync,
    Func<IServiceProvider, CloudEvent, DbContext, CancellationToken, Task> ConsumeAsync
);

/// <summary>Registers event consumers, which the worker runs.</summary>
internal static class Consumers
{
    /// <summary>Registers a consumer that changes the database of the event's tenant.</summary>
    public static void AddTenantConsumer<TConsumer, TEvent>(this IServiceCollection services, string name)
        where TConsumer : TenantEventConsumer<TEvent>
        where TEvent : IEvent
    {
        services.AddScoped<TConsumer>();
        services.AddSingleton(
            new ConsumerRegistration(
                TEvent.Type,
                name,
                ConsumerGroups.Default,
                PrepareAsync: null,
                async (provider, envelope, ct) =>
                    envelope.TenantId is { } tenantId
                    && await provider.GetRequiredService<SystemTenantAccess>().GetScopeAsync(tenantId, Actor.Consumer(name), ct)
                        is { } tenant
                        ? await provider.GetRequiredService<TenantDbFactory>().OpenAsync(tenant, ct)
                        : null,
                (provider, envelope, db, ct) =>
                    provider.GetRequiredService<TConsumer>().ConsumeAsync(envelope.ReadData<TEvent>(), (TenantDbContext)db, ct)
            )
        );
    }

    /// <summary>
    /// Registers a consumer that reads or deletes objects. It runs in a separate consumer group, so that slow objects do not delay other
    /// consumers, and holds no database connection during <c>PrepareAsync</c>.
    /// </summary>
    public static void AddObjectConsumer<TConsumer, TEvent>(this IServiceCollection services, string name)
        where TConsumer : TenantEventConsumer<TEvent>
        where TEvent : IEvent
    {
        services.AddScoped<TConsumer>();
        services.AddSingleton(
            new ConsumerRegistration(
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
                async (provider, envelope, ct) =>
                    await EnterAsync(provider, envelope, ct) is { } scope
                        ? await provider.GetRequiredService<TenantDbFactory>().OpenAsync(scope, ct)
                        : null,
                (provider, envelope, db, ct) =>
                    provider.GetRequiredService<TConsumer>().ConsumeAsync(envelope.ReadData<TEvent>(), (TenantDbContext)db, ct)
            )
        );

        async Task<TenantScope?> EnterAsync(IServiceProvider provider, CloudEvent envelope, CancellationToken ct) =>
            envelope.TenantId is { } tenantId
                ? await provider.GetRequiredService<SystemTenantAccess>().GetScopeAsync(tenantId, Actor.Consumer(name), ct)
                : null;
    }

    /// <summary>Registers a consumer that changes the control database or an external system.</summary>
    public static void AddPlatformConsumer<TConsumer, TEvent>(this IServiceCollection services, string name)
        where TConsumer : PlatformEventConsumer<TEvent>
        where TEvent : IEvent
    {
        services.AddScoped<TConsumer>();
        services.AddSingleton(
            new ConsumerRegistration(
                TEvent.Type,
                name,
                ConsumerGroups.Default,
                PrepareAsync: null,
                (provider, _, _) => Task.FromResult<DbContext?>(provider.GetRequiredService<ControlDbContext>()),
                (provider, envelope, db, ct) =>
                    provider.GetRequiredService<TConsumer>().ConsumeAsync(envelope.ReadData<TEvent>(), (ControlDbContext)db, ct)
            )
        );
    }
}
