using System.Security.Cryptography;
using System.Text;
using SaaS.Core.Access;
using SaaS.Core.Persistence;

namespace SaaS.Core.Auditing;

/// <summary>Records audit entries in the database and transaction of the change, so that both commit or neither does.</summary>
internal sealed class AuditTrail(SaaSDbContext db)
{
    /// <summary>Records an action of a tenant.</summary>
    public void Record(Guid tenantId, Actor actor, TenantAuditAction action, Guid subjectId, AuditDetails details) =>
        Add(tenantId, actor, action, subjectId, details);

    /// <summary>Records an action of an account or of the platform.</summary>
    /// <param name="tenantId">The related tenant; null if there is none.</param>
    public void Record(Guid? tenantId, Actor actor, PlatformAuditAction action, Guid subjectId, AuditDetails details) =>
        Add(tenantId, actor, action, subjectId, details);

    private void Add(Guid? tenantId, Actor actor, AuditAction action, Guid subjectId, AuditDetails details) =>
        db.Add(AuditEntry.Create(db.Clock.GetUtcNow(), tenantId, actor.Name, action, subjectId, details, AuditOrigin.Current));
}

/// <summary>Records audit entries in one tenant's database for one actor.</summary>
internal sealed class TenantAuditTrail(AuditTrail audit, TenantScope scope)
{
    public void Record(TenantAuditAction action, Guid subjectId, AuditDetails details) =>
        audit.Record(scope.TenantId, scope.Actor, action, subjectId, details);
}

/// <summary>Derives a stable id from a name, for subjects that have no id.</summary>
internal static class NamedId
{
    public static Guid From(string name) => new(SHA256.HashData(Encoding.UTF8.GetBytes(name)).AsSpan(0, 16), bigEndian: true);
}
