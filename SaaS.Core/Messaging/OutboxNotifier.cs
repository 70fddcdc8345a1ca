using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.ChangeTracking;
using Microsoft.EntityFrameworkCore.Diagnostics;
using SaaS.Infrastructure.Postgres;

namespace SaaS.Core.Messaging;

/// <summary>
/// Tells the relay of new events: the certain hint before the transaction commits, the quick signal after it. Attached to
/// both contexts, so that no use case can forget either.
/// </summary>
internal sealed class OutboxNotifier(PendingTenants pending, PostgresNotifications signals) : SaveChangesInterceptor, IDbTransactionInterceptor
{
    /// <summary>The signal's channel; it is about a tenant's id, or empty for the control database.</summary>
    public const string Channel = "outbox";

    public override async ValueTask<InterceptionResult<int>> SavingChangesAsync(DbContextEventData eventData, InterceptionResult<int> result, CancellationToken cancellationToken = default)
    {
        if (eventData.Context is IOutboxOwner { TenantId: { } tenantId } && Events(eventData.Context).Any(entry => entry.State is EntityState.Added))
        {
            await pending.MarkAsync(tenantId, cancellationToken);
        }

        return result;
    }

    public override ValueTask<int> SavedChangesAsync(SaveChangesCompletedEventData eventData, int result, CancellationToken cancellationToken = default)
    {
        if (eventData.Context?.Database.CurrentTransaction is null)
        {
            Signal(eventData.Context);
        }

        return ValueTask.FromResult(result);
    }

    public Task TransactionCommittedAsync(DbTransaction transaction, TransactionEndEventData eventData, CancellationToken cancellationToken = default)
    {
        Signal(eventData.Context);
        return Task.CompletedTask;
    }

    private void Signal(DbContext? context)
    {
        if (context is IOutboxOwner owner && Events(context).Any())
        {
            signals.Send(Channel, owner.TenantId?.ToString() ?? "");
        }
    }

    private static IEnumerable<EntityEntry<OutboxMessage>> Events(DbContext context) => context.ChangeTracker.Entries<OutboxMessage>();
}
