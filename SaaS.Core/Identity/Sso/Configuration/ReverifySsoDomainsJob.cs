using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using SaaS.Core.Access;
using SaaS.Core.Auditing;
using SaaS.Core.Jobs;
using SaaS.Core.Messaging;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy.Catalog;
using SaaS.Infrastructure.Dns;

namespace SaaS.Core.Identity.Sso.Configuration;

/// <summary>
/// Checks the TXT records of verified domains again, because a domain may change owners. A missing record is reported to the tenant's
/// admins, and after a grace period the domain loses its verification; a DNS failure changes nothing.
/// </summary>
internal sealed partial class ReverifySsoDomainsJob(
    ControlDbContext db,
    TxtRecords records,
    IOptions<SsoOptions> options,
    TimeProvider clock,
    ILogger<ReverifySsoDomainsJob> logger
) : Job
{
    public const string Name = "reverify-sso-domains";

    private static readonly Actor JobActor = Actor.Job(Name);

    public override Task<string> RunAsync(CancellationToken ct) => RunAsync(tenantId: null, ct);

    /// <param name="tenantId">The tenant whose domains are checked; null for all tenants.</param>
    public async Task<string> RunAsync(Guid? tenantId, CancellationToken ct)
    {
        var verified = await db
            .SsoDomains.AsNoTracking()
            .Where(domain =>
                domain.VerifiedAt != null
                && (tenantId == null || domain.TenantId == tenantId)
                && db.Set<Tenant>().Where(Tenant.IsActive).Any(tenant => tenant.Id == domain.TenantId)
            )
            .OrderBy(domain => domain.TenantId)
            .ThenBy(domain => domain.Domain)
            .ToListAsync(ct);
        var (missing, lost) = (0, 0);
        var failed = await ForEachAsync(verified, ReverifyAsync, (domain, e) => LogFailed(e, domain.Domain, domain.TenantId), ct);
        return $"{verified.Count} verified domains, {missing} without their TXT record, {lost} not verified any more, {failed} failed";

        async Task ReverifyAsync(SsoDomain domain)
        {
            var isThere = (await records.ReadAsync(domain.RecordName, ct)).Contains(domain.RecordText);
            missing += isThere ? 0 : 1;
            if (isThere == domain.RecordMissingSince is null && (isThere || !IsOverdue(domain)))
            {
                return;
            }

            await using var transaction = await db.Database.BeginTransactionAsync(ct);
            db.ChangeTracker.Clear();
            if (
                await db
                    .SsoDomains.FromSql(
                        $"SELECT * FROM sso_domains WHERE tenant_id = {domain.TenantId} AND domain = {domain.Domain} FOR NO KEY UPDATE"
                    )
                    .SingleOrDefaultAsync(ct)
                is not { VerifiedAt: not null } locked
            )
            {
                return; // removed concurrently
            }

            if (isThere)
            {
                locked.RecordMissingSince = null;
            }
            else if (locked.RecordMissingSince is null)
            {
                locked.RecordMissingSince = clock.GetUtcNow();
                PublishRecordMissing(locked, locked.RecordMissingSince.Value + options.Value.DomainGracePeriod, isLost: false);
            }
            else if (IsOverdue(locked))
            {
                lost++;
                PublishRecordMissing(locked, clock.GetUtcNow(), isLost: true);
                (locked.VerifiedAt, locked.RecordMissingSince) = (null, null);
                db.Audit.Record(
                    locked.TenantId,
                    JobActor,
                    AuditAction.SsoDomainLost,
                    NamedId.From(locked.Domain),
                    AuditDetails.Create("domain", locked.Domain)
                );
            }

            await db.SaveChangesAsync(ct);
            await transaction.CommitAsync(ct);
        }
    }

    private bool IsOverdue(SsoDomain domain) => domain.RecordMissingSince + options.Value.DomainGracePeriod <= clock.GetUtcNow();

    private void PublishRecordMissing(SsoDomain domain, DateTimeOffset until, bool isLost) =>
        db.Outbox.Add(
            new SsoDomainRecordMissing(domain.TenantId, domain.Domain, until, isLost),
            subject: domain.TenantId,
            tenantId: domain.TenantId
        );

    [LoggerMessage(
        EventId = 4307,
        Level = LogLevel.Warning,
        Message = "Could not read the TXT record of domain {Domain} of tenant {TenantId}; the next run retries"
    )]
    private partial void LogFailed(Exception exception, string domain, Guid tenantId);
}
