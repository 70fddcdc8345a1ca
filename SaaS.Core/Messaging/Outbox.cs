using System.Diagnostics;
using SaaS.Core.Persistence;

namespace SaaS.Core.Messaging;

/// <summary>
/// The transactional outbox of a database. An event is written by the same <c>SaveChangesAsync</c> as the change, so that
/// both commit or neither does.
/// </summary>
internal sealed class Outbox(SaaSDbContext db)
{
    private DateTimeOffset _last;

    /// <param name="fact">The event.</param>
    /// <param name="subject">The id of the changed entity.</param>
    /// <param name="tenantId">The tenant of the event; null if there is none.</param>
    /// <returns>The event's id.</returns>
    public Guid Add<TEvent>(TEvent fact, Guid subject, Guid? tenantId)
        where TEvent : IEvent
    {
        var id = NextId();
        Add(id, CloudEvent.Create(fact, id, subject.ToString(), db.Clock.GetUtcNow(), tenantId));
        return id;
    }

    /// <summary>Publishes an event again under its own id: consumers that have processed it skip it, the others retry it.</summary>
    public void Republish(CloudEvent envelope) => Add(NextId(), envelope);

    private void Add(Guid id, CloudEvent envelope) =>
        db.Add(
            new OutboxMessage
            {
                Id = id,
                Type = envelope.Type,
                Key = envelope.Key,
                Envelope = envelope.ToJson(),
                TraceParent = Activity.Current?.Id,
            }
        );

    // EF Core inserts rows in key order, so ids a millisecond apart keep the order of the events of one transaction.
    private Guid NextId()
    {
        var (now, next) = (db.Clock.GetUtcNow(), _last.AddMilliseconds(1));
        _last = now > next ? now : next;
        return Guid.CreateVersion7(_last);
    }
}

/// <summary>The outbox of one tenant's database, which adds the tenant's id to each event.</summary>
internal sealed class TenantOutbox(Outbox outbox, Guid tenantId)
{
    public void Add<TEvent>(TEvent fact, Guid subject)
        where TEvent : IEvent => outbox.Add(fact, subject, tenantId);
}
