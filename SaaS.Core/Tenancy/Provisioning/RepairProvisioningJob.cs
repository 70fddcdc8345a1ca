using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using SaaS.Core.Jobs;
using SaaS.Core.Persistence;

namespace SaaS.Core.Tenancy.Provisioning;

/// <summary>Requests the databases of tenants whose creation was interrupted, and reports those that the worker cannot finish.</summary>
internal sealed partial class RepairProvisioningJob(ControlDbContext db, TenantDatabases databases, TimeProvider clock, ILogger<RepairProvisioningJob> logger) : Job
{
    /// <summary>Younger ones are most likely being made at this moment.</summary>
    private static readonly TimeSpan LeftAlone = TimeSpan.FromMinutes(1);

    public override async Task<string> RunAsync(CancellationToken ct)
    {
        var before = clock.GetUtcNow() - LeftAlone;
        var unfinished = await db.Tenants
            .Where(tenant => tenant.State == TenantState.Provisioning && tenant.CreatedAt < before)
            .OrderBy(tenant => tenant.CreatedAt)
            .Select(tenant => tenant.Id)
            .ToListAsync(ct); // all of them: a part would be the same part each time, if its tenants cannot be finished
        var failed = await ForEachAsync(unfinished, FinishAsync, (tenantId, e) => LogStillUnfinished(e, tenantId), ct);
        return $"{unfinished.Count - failed} tenants finished, {failed} failed";

        async Task FinishAsync(Guid tenantId)
        {
            if (!await databases.CreateAsync(tenantId, ct))
            {
                throw new TimeoutException("The worker has not created the database in time.");
            }

            LogFinished(tenantId);
        }
    }

    [LoggerMessage(EventId = 4101, Level = LogLevel.Information, Message = "Finished making tenant {TenantId}")]
    private partial void LogFinished(Guid tenantId);

    [LoggerMessage(EventId = 4102, Level = LogLevel.Warning, Message = "Tenant {TenantId} could not be finished; the next run tries again")]
    private partial void LogStillUnfinished(Exception exception, Guid tenantId);
}
