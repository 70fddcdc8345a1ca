using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using SaaS.Core.Jobs;
using SaaS.Core.Messaging;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy;

namespace SaaS.Core.Identity.Sso.Configuration;

/// <summary>Warns of client secrets that expire in 30, 7 and 1 days; of each once. What follows is a consumer's.</summary>
internal sealed partial class NotifyExpiringSecretsJob(ControlDbContext db, TimeProvider clock, ILogger<NotifyExpiringSecretsJob> logger) : Job
{
    public const string Name = "notify-expiring-secrets";

    /// <summary>How many days before.</summary>
    private static readonly int[] Marks = [1, 7, 30];

    public override async Task<string> RunAsync(CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        var horizon = now.AddDays(Marks[^1]);
        var expiring = await db.SsoConfigurations.AsNoTracking()
            .Where(configuration => configuration.IsEnabled && configuration.ClientSecretExpiresAt <= horizon && db.Tenants.Where(Tenant.IsOpen).Any(tenant => tenant.Id == configuration.TenantId))
            .ToListAsync(ct);
        var warned = 0;
        var failed = await ForEachAsync(expiring, WarnAsync, (configuration, e) => LogFailed(e, configuration.TenantId), ct);
        return $"{expiring.Count} secrets expire within {Marks[^1]} days, {warned} warnings given, {failed} failed";

        async Task WarnAsync(SsoConfiguration configuration)
        {
            var left = configuration.ClientSecretExpiresAt!.Value - now;
            var mark = Marks.First(days => left <= TimeSpan.FromDays(days));
            if (configuration.WarnedDaysBefore <= mark)
            {
                return;
            }

            await using var transaction = await db.Database.BeginTransactionAsync(ct);
            if (await db.SsoConfigurations
                .Where(row => row.TenantId == configuration.TenantId && row.ClientSecretExpiresAt == configuration.ClientSecretExpiresAt && (row.WarnedDaysBefore == null || row.WarnedDaysBefore > mark))
                .ExecuteUpdateAsync(set => set.SetProperty(row => row.WarnedDaysBefore, mark), ct) == 1)
            {
                db.Outbox.Add(new SsoSecretExpiring(configuration.TenantId, configuration.ClientSecretExpiresAt.Value, mark), subject: configuration.TenantId, tenantId: configuration.TenantId);
                await db.SaveChangesAsync(ct);
                await transaction.CommitAsync(ct);
                warned++;
            }
        }
    }

    [LoggerMessage(EventId = 4306, Level = LogLevel.Warning, Message = "The admins of tenant {TenantId} could not be warned of a secret that expires; the next run tries again")]
    private partial void LogFailed(Exception exception, Guid tenantId);
}
