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
