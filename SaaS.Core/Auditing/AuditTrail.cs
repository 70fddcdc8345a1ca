using Microsoft.EntityFrameworkCore;
using SaaS.Core.Access;

namespace SaaS.Core.Auditing;

/// <summary>Records what an actor does, in the database and the transaction of the change: neither exists without the other.</summary>
internal sealed class AuditTrail(DbContext db, TimeProvider clock)
{
    /// <summary>Records an action of a tenant.</summary>
    public void Record(Guid tenantId, Actor actor, TenantAuditAction action, Guid subjectId, AuditDetails details) =>
        Add(tenantId, actor, action, subjectId, details);

    /// <summary>Records an action of an account or of the platform.</summary>
    /// <param name="tenantId">The tenant that it concerns as well; null for none.</param>
    public void Record(Guid? tenantId, Actor actor, PlatformAuditAction action, Guid subjectId, AuditDetails details) =>
        Add(tenantId, actor, action, subjectId, details);

    private void Add(Guid? tenantId, Actor actor, AuditAction action, Guid subjectId, AuditDetails details) =>
        db.Add(AuditEntry.Create(clock.GetUtcNow(), tenantId, actor.Name, action, subjectId, details, AuditOrigin.Current));
}

/// <summary>The audit of one tenant's database, opened by one actor.</summary>
internal sealed class TenantAuditTrail(AuditTrail audit, TenantScope scope)
{
    public void Record(TenantAuditAction action, Guid subjectId, AuditDetails details) => audit.Record(scope.TenantId, scope.Actor, action, subjectId, details);
}
