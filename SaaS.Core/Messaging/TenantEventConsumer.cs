using SaaS.Core.Access;
using SaaS.Core.Persistence;

namespace SaaS.Core.Messaging;

/// <summary>
/// What follows from an event, in the tenant where it happened. The effect is what it changes in <c>db</c>: it is saved
/// together with the note that the event is done, once, so a consumer saves nothing itself. What it does outside the
/// database it must be able to do twice.
/// </summary>
internal abstract class TenantEventConsumer<TEvent>
    where TEvent : IEvent
{
    /// <summary>
    /// Does what may take long, such as reading an object, before the tenant's database is opened for the effect. Called again with
    /// each attempt; what it finds stays in this instance, which is of one attempt alone.
    /// </summary>
    public virtual Task PrepareAsync(TEvent fact, TenantScope scope, CancellationToken ct) => Task.CompletedTask;

    public abstract Task ConsumeAsync(TEvent fact, TenantDbContext db, CancellationToken ct);
}
