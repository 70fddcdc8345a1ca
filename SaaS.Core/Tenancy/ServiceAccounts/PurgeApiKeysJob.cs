using Microsoft.EntityFrameworkCore;
using SaaS.Core.Jobs;
using SaaS.Core.Persistence;

namespace SaaS.Core.Tenancy.ServiceAccounts;

/// <summary>Deletes API keys that expired or were revoked longer ago than the retention period.</summary>
internal sealed class PurgeApiKeysJob(ControlDbContext db, TimeProvider clock) : Job
{
    /// <summary>The retention period, in which the list of keys still explains why a program is rejected.</summary>
    private static readonly TimeSpan Retention = TimeSpan.FromDays(30);

    public override async Task<string> RunAsync(CancellationToken ct)
    {
        var before = clock.GetUtcNow() - Retention;
        var removed = await db.ApiKeys.Where(key => key.RevokedAt < before || key.ExpiresAt < before).ExecuteDeleteAsync(ct);
        return $"{removed} API keys removed";
    }
}
