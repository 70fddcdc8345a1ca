using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;
using SaaS.Infrastructure.Postgres;

namespace SaaS.Core.Tenancy.Provisioning;

/// <summary>Listens for the worker's replies about tenants' databases, and tells those who expect one.</summary>
internal sealed class TenantDatabaseReplies(PostgresNotifications signals, TimeProvider clock) : BackgroundService
{
    /// <summary>Tells that the worker has created or dropped the database of the tenant of this id.</summary>
    public const string Done = "tenant_database_done";

    private readonly ConcurrentDictionary<Guid, TaskCompletionSource> _expected = [];

    /// <summary>Expects the next reply about this tenant, from now until it is disposed of.</summary>
    public ExpectedReply Expect(Guid tenantId) =>
        new(this, tenantId, _expected.GetOrAdd(tenantId, _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)));

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => signals.ListenAsync(Done, OnReply, clock, stoppingToken);

    private void OnReply(string tenantId)
    {
        if (_expected.TryRemove(Guid.Parse(tenantId), out var reply))
        {
            reply.SetResult();
        }
    }

    internal sealed class ExpectedReply(TenantDatabaseReplies replies, Guid tenantId, TaskCompletionSource reply) : IDisposable
    {
        /// <summary>Waits until it arrives, but no longer than this: it may get lost.</summary>
        public async Task WaitAsync(TimeSpan longest, TimeProvider clock, CancellationToken ct)
        {
            await reply.Task.WaitAsync(longest, clock, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            ct.ThrowIfCancellationRequested();
        }

        public void Dispose() => replies._expected.TryRemove(KeyValuePair.Create(tenantId, reply));
    }
}
