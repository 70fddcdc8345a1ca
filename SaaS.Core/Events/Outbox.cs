using System.Diagnostics;
using Microsoft.EntityFrameworkCore;

namespace SaaS.Core.Events;

/// <summary>
/// Where a use case tells what it changed. The event is a row of the same database, written by the same
/// <c>SaveChangesAsync</c>: it exists exactly when the change does.
/// </summary>
internal sealed class Outbox(DbContext db, TimeProvider clock)
{
    /// <param name="fact">What happened.</param>
    /// <param name="subject">The id of the thing that it happened to.</param>
    /// <param name="tenantId">The tenant that it happened in; null for what concerns no tenant.</param>
    public void Add<TEvent>(TEvent fact, Guid subject, Guid? tenantId)
        where TEvent : IEvent
    {
        var now = clock.GetUtcNow();
        // EF inserts rows in the order of their keys: a millisecond apart, events of one transaction stay in the order in which they are told.
        var id = Guid.CreateVersion7(now.AddMilliseconds(db.ChangeTracker.Entries<OutboxMessage>().Count()));
        var envelope = CloudEvent.Of(fact, id, subject.ToString(), now, tenantId);

        db.Add(new OutboxMessage
        {
            Id = envelope.Id,
            Type = envelope.Type,
            Key = (tenantId ?? subject).ToString(),
            Envelope = envelope.ToJson(),
            TraceParent = Activity.Current?.Id,
        });
    }
}

/// <summary>The outbox of one tenant's database, which knows its tenant.</summary>
internal sealed class TenantOutbox(Outbox outbox, Guid tenantId)
{
    public void Add<TEvent>(TEvent fact, Guid subject)
        where TEvent : IEvent =>
        outbox.Add(fact, subject, tenantId);
}
