using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using SaaS.Core.Access;
using SaaS.Core.Jobs;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy.Catalog;

namespace SaaS.Core.Tenancy.Provisioning;

/// <summary>Erases the tenants whose erasure was requested, once their grace period is over.</summary>
internal sealed partial class EraseTenantsJob(ControlDbContext db, EraseTenant erase, TimeProvider clock, ILogger<EraseTenantsJob> logger)
    : Job
{
    public const string Name = "erase-tenants";

    public override async Task<string> RunAsync(CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        var due = await db
            .Tenants.Where(tenant =>
                tenant.EraseAfter <= now && (tenant.State == TenantState.Deleted || tenant.State == TenantState.Erasing)
            )
            .OrderBy(tenant => tenant.EraseAfter)
            .Select(tenant => tenant.Id)
            .ToListAsync(ct); // without a limit: tenants that fail must not block the others
        var erased = 0;
        var failed = await ForEachAsync(due, EraseAsync, (tenantId, e) => LogNotErased(e, tenantId), ct);
        return $"{erased} of {due.Count} tenants erased, {failed} failed";

        async Task EraseAsync(Guid tenantId)
        {
            db.ChangeTracker.Clear(); // failed changes of one tenant must not be saved with the next
            erased += await erase.RunAsync(tenantId, Actor.Job(Name), ct) ? 1 : 0;
        }
    }

    [LoggerMessage(EventId = 4103, Level = LogLevel.Warning, Message = "Tenant {TenantId} could not be erased; the next run retries")]
    private partial void LogNotErased(Exception exception, Guid tenantId);
}
