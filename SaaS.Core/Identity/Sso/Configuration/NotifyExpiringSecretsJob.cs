using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using SaaS.Core.Jobs;
using SaaS.Core.Messaging;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy.Catalog;

namespace SaaS.Core.Identity.Sso.Configuration;

/// <summary>
/// Publishes a warning 30, 7 and 1 days before a client secret expires, once each. A consumer of the event sends the mails.
/// </summary>
internal sealed partial class NotifyExpiringSecretsJob(ControlDbContext db, TimeProvider clock, ILogger<NotifyExpiringSecretsJob> logger)
    : Job
{
    public const string Name = "notify-expiring-secrets";

    /// <summary>Days before the expiry at which a warning is published, ascending.</summary>
    private static readonly int[] WarningDays = [1, 7, 30];

    public override async Task<string> RunAsync(CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        var horizon = now.AddDays(WarningDays[^1]);
        var expiring = await db
            .SsoConfigurations.AsNoTracking()
            .Where(configuration =>
                configuration.IsEnabled
                && configuration.ClientSecretExpiresAt <= horizon
                && db.Set<Tenant>().Where(Tenant.IsActive).Any(tenant => tenant.Id == configuration.TenantId)
            )
            .ToListAsync(ct);
        var warned = 0;
        var failed = await ForEachAsync(expiring, WarnAsync, (configuration, e) => LogFailed(e, configuration.TenantId), ct);
        return $"{expiring.Count} secrets expire within {WarningDays[^1]} days, {warned} warnings published, {failed} failed";

        async Task WarnAsync(SsoConfiguration configuration)
        {
            var left = configuration.ClientSecretExpiresAt!.Value - now;
            var daysBefore = WarningDays.First(days => left <= TimeSpan.FromDays(days));
            if (configuration.WarnedDaysBefore <= daysBefore)
            {
                return;
            }

            await using var transaction = await db.Database.BeginTransactionAsync(ct);
            if (
                await db
                    .SsoConfigurations.Where(row =>
                        row.TenantId == configuration.TenantId
                        && row.ClientSecretExpiresAt == configuration.ClientSecretExpiresAt
                        && (row.WarnedDaysBefore == null || row.WarnedDaysBefore > daysBefore)
                    )
                    .ExecuteUpdateAsync(set => set.SetProperty(row => row.WarnedDaysBefore, daysBefore), ct) == 1
            )
            {
                db.Outbox.Add(
                    new SsoSecretExpiring(configuration.TenantId, configuration.ClientSecretExpiresAt.Value, daysBefore),
                    subject: configuration.TenantId,
                    tenantId: configuration.TenantId
                );
                await db.SaveChangesAsync(ct);
                await transaction.CommitAsync(ct);
                warned++;
            }
        }
    }

    [LoggerMessage(
        EventId = 4306,
        Level = LogLevel.Warning,
        Message = "Could not publish the expiry warning for the client secret of tenant {TenantId}; the next run retries"
    )]
    private partial void LogFailed(Exception exception, Guid tenantId);
}
