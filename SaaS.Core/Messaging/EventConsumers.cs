using SaaS.Core.Access;
using SaaS.Core.Persistence;

namespace SaaS.Core.Messaging;

/// <summary>
/// Consumes an event by changing the control database or an external system (e.g. by sending an email). The dispatcher saves the changes
/// together with the <see cref="ConsumedEvent"/>; a consumer must not save them itself.
/// </summary>
internal abstract class PlatformEventConsumer<TEvent>
    where TEvent : IEvent
{
    public abstract Task ConsumeAsync(TEvent fact, ControlDbContext db, CancellationToken ct);
}

/// <summary>
/// Consumes an event by changing the tenant's database. The dispatcher saves the changes together with the <see cref="ConsumedEvent"/>,
/// so a consumer must not save them itself; effects outside the database must be idempotent.
/// </summary>
internal abstract class TenantEventConsumer<TEvent>
    where TEvent : IEvent
{
    /// <summary>
    /// Does slow work, such as reading an object, before the tenant's database is opened. It is called on each attempt; each attempt has
    /// its own instance, which may hold the result.
    /// </summary>
    public virtual Task PrepareAsync(TEvent fact, TenantScope scope, CancellationToken ct) => Task.CompletedTask;

    public abstract Task ConsumeAsync(TEvent fact, TenantDbContext db, CancellationToken ct);
}
