using System.Diagnostics;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using SaaS.Core.Access;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy.Catalog;
using SaaS.Infrastructure.Messaging;
using SaaS.Infrastructure.Postgres;

namespace SaaS.Core.Messaging;

/// <summary>The result of draining an outbox.</summary>
internal enum DrainResult
{
    /// <summary>Everything was published.</summary>
    Empty,

    /// <summary>Another relay is draining the outbox.</summary>
    Busy,

    /// <summary>The tenant does not exist or is being erased.</summary>
    UnknownTenant,
}

/// <summary>
/// Publishes the messages of one outbox in order. An advisory lock in the database of the outbox allows one publisher at a time.
/// </summary>
internal sealed class OutboxPublisher(IServiceScopeFactory scopes, EventTransport transport)
{
    private const int BatchSize = 1_000;

    public async Task<DrainResult> DrainControlAsync(CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        return await DrainAsync(scope.ServiceProvider.GetRequiredService<ControlDbContext>(), ct);
    }

    /// <exception cref="TenantNotReadyException">The tenant is being created or migrated; retry later.</exception>
    public async Task<DrainResult> DrainTenantAsync(Guid tenantId, CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        if (await scope.ServiceProvider.GetRequiredService<SystemTenantAccess>().GetScopeAsync(tenantId, Actor.Relay, ct) is not { } tenant)
        {
            return DrainResult.UnknownTenant;
        }

        await using var db = await scope.ServiceProvider.GetRequiredService<TenantDbFactory>().OpenAsync(tenant, ct);
        return await DrainAsync(db, ct);
    }

    private async Task<DrainResult> DrainAsync(SaaSDbContext db, CancellationToken ct)
    {
        await db.Database.OpenConnectionAsync(ct);
        await using var advisoryLock = await AdvisoryLock.TryAcquireAsync((NpgsqlConnection)db.Database.GetDbConnection(), "outbox", ct);
        if (advisoryLock is null)
        {
            return DrainResult.Busy;
        }

        var outbox = db.Set<OutboxMessage>()
            .AsNoTracking()
            .Where(message => message.Position != null)
            .OrderBy(message => message.Position)
            .Take(BatchSize);
        List<OutboxMessage> batch;
        do
        {
            batch = await outbox.ToListAsync(ct);
            if (batch is [.., var last])
            {
                await PublishAsync(batch, ct);

                // Deleted only after the broker has them: a crash in between publishes them again in the same order.
                await db.Set<OutboxMessage>().Where(message => message.Position <= last.Position).ExecuteDeleteAsync(ct);
            }
        } while (batch.Count == BatchSize); // a smaller batch was the last one; later messages send a new notification

        return DrainResult.Empty;
    }

    private async Task PublishAsync(List<OutboxMessage> batch, CancellationToken ct)
    {
        var spans = batch.ConvertAll(Begin);
        try
        {
            await transport.PublishAsync(
                [
                    .. batch.Zip(
                        spans,
                        (message, span) => new EventRecord(message.Type, message.Key, message.Envelope, span?.Id ?? message.TraceParent)
                    ),
                ],
                ct
            );
        }
        catch (Exception e)
        {
            spans.ForEach(span => EventSpans.SetError(span, e, e.GetType().Name));
            throw;
        }
        finally
        {
            spans.ForEach(span => span?.Dispose());
        }
    }

    private Activity? Begin(OutboxMessage message)
    {
        var current = Activity.Current;
        var span = EventSpans.StartPublish(message, transport.MessagingSystem);
        Activity.Current = current; // the spans of a batch are siblings, not nested
        return span;
    }
}
