using System.Diagnostics;
using Microsoft.EntityFrameworkCore;

namespace SaaS.Core.Messaging;

/// <summary>
/// Where a use case tells what it changed. The event is a row of the same database, written by the same
/// <c>SaveChangesAsync</c>: it exists exactly when the change does.
/// </summary>
internal sealed class Outbox(DbContext db, TimeProvider clock)
{
    private DateTimeOffset _last;

    /// <param name="fact">What happened.</param>
    /// <param name="subject">The id of the thing that it happened to.</param>
    /// <param name="tenantId">The tenant that it happened in; null for what concerns no tenant.</param>
    /// <returns>The event's id.</returns>
    public Guid Add<TEvent>(TEvent fact, Guid subject, Guid? tenantId)
        where TEvent : IEvent
    {
        var id = NextId();
        Add(id, CloudEvent.Of(fact, id, subject.ToString(), clock.GetUtcNow(), tenantId));
        return id;
    }

    /// <summary>Tells an event once more, under its own id: who has dealt with it recognises it, the others get another try.</summary>
    public void AddAgain(CloudEvent envelope) => Add(NextId(), envelope);

    private void Add(Guid id, CloudEvent envelope) => db.Add(new OutboxMessage
    {
        Id = id,
        Type = envelope.Type,
        Key = envelope.Key,
        Envelope = envelope.ToJson(),
        TraceParent = Activity.Current?.Id,
    });

    // EF inserts rows in the order of their keys: a millisecond apart, events of one transaction stay in the order in which they are told.
    private Guid NextId()
    {
        var (now, next) = (clock.GetUtcNow(), _last.AddMilliseconds(1));
        _last = now > next ? now : next;
        return Guid.CreateVersion7(_last);
    }
}

/// <summary>The outbox of one tenant's database, which knows its tenant.</summary>
internal sealed class TenantOutbox(Outbox outbox, Guid tenantId)
{
    public void Add<TEvent>(TEvent fact, Guid subject)
        where TEvent : IEvent =>
        outbox.Add(fact, subject, tenantId);
}
