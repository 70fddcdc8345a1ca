using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using SaaS.Core.Access;
using SaaS.Core.Jobs;
using SaaS.Core.Persistence;

namespace SaaS.Core.Tenancy.Provisioning;

/// <summary>Removes the tenants that operators want gone, once nobody can have them back any more.</summary>
internal sealed partial class EraseTenantsJob(ControlDbContext db, EraseTenant erase, TimeProvider clock, ILogger<EraseTenantsJob> logger) : Job
{
    public const string Name = "erase-tenants";

    public override async Task<string> RunAsync(CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        var due = await db.Tenants
            .Where(tenant => tenant.EraseAfter <= now && (tenant.State == TenantState.Deleted || tenant.State == TenantState.Erasing))
            .OrderBy(tenant => tenant.EraseAfter)
            .Select(tenant => tenant.Id)
            .ToListAsync(ct); // all of them: a part would be the same part each time, if its tenants cannot be erased
        var erased = 0;
        var failed = await ForEachAsync(due, EraseAsync, (tenantId, e) => LogNotErased(e, tenantId), ct);
        return $"{erased} of {due.Count} tenants erased, {failed} failed";

        async Task EraseAsync(Guid tenantId)
        {
            db.ChangeTracker.Clear(); // what could not be saved for one tenant is not saved with the next
            erased += await erase.RunAsync(tenantId, Actor.Job(Name), ct) ? 1 : 0;
        }
    }

    [LoggerMessage(EventId = 4103, Level = LogLevel.Warning, Message = "Tenant {TenantId} could not be erased; the next run tries again")]
    private partial void LogNotErased(Exception exception, Guid tenantId);
}
