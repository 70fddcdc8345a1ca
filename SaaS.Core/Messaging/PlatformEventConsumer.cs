using SaaS.Core.Persistence;

namespace SaaS.Core.Messaging;

/// <summary>
/// What follows from an event for the platform itself: in the control database, or outside of every database, such as a
/// mail. As in a tenant, the effect is saved together with the note that the event is done, and a consumer saves nothing itself.
/// </summary>
internal abstract class PlatformEventConsumer<TEvent>
    where TEvent : IEvent
{
    public abstract Task ConsumeAsync(TEvent fact, ControlDbContext db, CancellationToken ct);
}
