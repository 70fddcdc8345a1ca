using System.Diagnostics;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Access;

namespace SaaS.Core.Audit;

/// <summary>Records what an actor does, in the database and the transaction of the change: neither exists without the other.</summary>
internal sealed class AuditTrail(DbContext db, TimeProvider clock)
{
    public void Record(Actor actor, string action, Guid subjectId)
    {
        var now = clock.GetUtcNow();
        db.Add(new AuditEntry
        {
            Id = Guid.CreateVersion7(now),
            OccurredAt = now,
            Actor = actor.Name,
            Action = action,
            SubjectId = subjectId,
            TraceId = Activity.Current?.TraceId.ToHexString(),
        });
    }
}

/// <summary>The audit of one tenant's database, opened by one actor.</summary>
internal sealed class TenantAuditTrail(AuditTrail audit, Actor actor)
{
    public void Record(string action, Guid subjectId) => audit.Record(actor, action, subjectId);
}
