using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using SaaS.Core.Jobs;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy.Catalog;

namespace SaaS.Core.Tenancy.Provisioning;

/// <summary>Requests the databases of tenants whose creation was interrupted, and reports those that the worker could not create.</summary>
internal sealed partial class RepairProvisioningJob(
    ControlDbContext db,
    TenantDatabases databases,
    TimeProvider clock,
    ILogger<RepairProvisioningJob> logger
) : Job
{
    // Younger tenants are most likely still being created by their request.
    private static readonly TimeSpan MinAge = TimeSpan.FromMinutes(1);

    public override async Task<string> RunAsync(CancellationToken ct)
    {
        var before = clock.GetUtcNow() - MinAge;
        var unfinished = await db
            .Tenants.Where(tenant => tenant.State == TenantState.Provisioning && tenant.CreatedAt < before)
            .OrderBy(tenant => tenant.CreatedAt)
            .Select(tenant => tenant.Id)
            .ToListAsync(ct); // without a limit: tenants that fail must not block the others
        var failed = await ForEachAsync(unfinished, ProvisionAsync, (tenantId, e) => LogStillUnfinished(e, tenantId), ct);
        return $"{unfinished.Count - failed} tenants provisioned, {failed} failed";

        async Task ProvisionAsync(Guid tenantId)
        {
            if (!await databases.CreateAsync(tenantId, ct))
            {
                throw new TimeoutException("The worker did not create the database in time.");
            }

            LogFinished(tenantId);
        }
    }

    [LoggerMessage(EventId = 4101, Level = LogLevel.Information, Message = "Completed the provisioning of tenant {TenantId}")]
    private partial void LogFinished(Guid tenantId);

    [LoggerMessage(EventId = 4102, Level = LogLevel.Warning, Message = "Tenant {TenantId} could not be provisioned; the next run retries")]
    private partial void LogStillUnfinished(Exception exception, Guid tenantId);
}
