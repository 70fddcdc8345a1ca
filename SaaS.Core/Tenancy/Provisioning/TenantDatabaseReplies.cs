using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;
using SaaS.Infrastructure.Postgres;

namespace SaaS.Core.Tenancy.Provisioning;

/// <summary>Listens for the worker's replies about tenants' databases, and completes the requests that wait for them.</summary>
internal sealed class TenantDatabaseReplies(PostgresNotifications notifications, TimeProvider clock) : BackgroundService
{
    /// <summary>The channel on which the worker sends the id of a tenant whose database it has created or dropped.</summary>
    public const string DoneChannel = "tenant_database_done";

    private readonly ConcurrentDictionary<Guid, TaskCompletionSource> _expected = [];

    /// <summary>Registers for the next reply about this tenant, until the registration is disposed.</summary>
    public ExpectedReply Expect(Guid tenantId) =>
        new(
            this,
            tenantId,
            _expected.GetOrAdd(tenantId, _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously))
        );

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        notifications.ListenAsync(DoneChannel, OnReply, clock, stoppingToken);

    private void OnReply(string tenantId)
    {
        if (_expected.TryRemove(Guid.Parse(tenantId), out var reply))
        {
            reply.SetResult();
        }
    }

    internal sealed class ExpectedReply(TenantDatabaseReplies replies, Guid tenantId, TaskCompletionSource reply) : IDisposable
    {
        /// <summary>Waits until the reply arrives or the time is over, because notifications can be lost.</summary>
        public async Task WaitAsync(TimeSpan timeout, TimeProvider clock, CancellationToken ct)
        {
            await reply.Task.WaitAsync(timeout, clock, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            ct.ThrowIfCancellationRequested();
        }

        public void Dispose() => replies._expected.TryRemove(KeyValuePair.Create(tenantId, reply));
    }
}
