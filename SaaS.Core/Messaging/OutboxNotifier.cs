using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.ChangeTracking;
using Microsoft.EntityFrameworkCore.Diagnostics;
using SaaS.Core.Persistence;
using SaaS.Infrastructure.Postgres;

namespace SaaS.Core.Messaging;

/// <summary>
/// Notifies the relay of new events: sets the reliable pending-tenant marker before the commit and sends the fast notification after it.
/// It is attached to both contexts, so that no use case can forget it.
/// </summary>
internal sealed class OutboxNotifier(PendingTenants pending, PostgresNotifications notifications)
    : SaveChangesInterceptor,
        IDbTransactionInterceptor
{
    /// <summary>The notification channel; its payload is a tenant's id, or empty for the control database.</summary>
    public const string Channel = "outbox";

    public override async ValueTask<InterceptionResult<int>> SavingChangesAsync(
        DbContextEventData eventData,
        InterceptionResult<int> result,
        CancellationToken cancellationToken = default
    )
    {
        if (
            eventData.Context is SaaSDbContext { TenantId: { } tenantId }
            && Events(eventData.Context).Any(entry => entry.State is EntityState.Added)
        )
        {
            await pending.MarkAsync(tenantId, cancellationToken);
        }

        return result;
    }

    public override ValueTask<int> SavedChangesAsync(
        SaveChangesCompletedEventData eventData,
        int result,
        CancellationToken cancellationToken = default
    )
    {
        if (eventData.Context?.Database.CurrentTransaction is null)
        {
            Notify(eventData.Context);
        }

        return ValueTask.FromResult(result);
    }

    public Task TransactionCommittedAsync(
        DbTransaction transaction,
        TransactionEndEventData eventData,
        CancellationToken cancellationToken = default
    )
    {
        Notify(eventData.Context);
        return Task.CompletedTask;
    }

    private void Notify(DbContext? context)
    {
        if (context is SaaSDbContext database && Events(context).Any())
        {
            notifications.Send(Channel, database.TenantId?.ToString() ?? "");
        }
    }

    private static IEnumerable<EntityEntry<OutboxMessage>> Events(DbContext context) => context.ChangeTracker.Entries<OutboxMessage>();
}
