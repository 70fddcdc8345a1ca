using System.Diagnostics;
using Microsoft.Extensions.Options;
using Npgsql;
using SaaS.Infrastructure.Postgres;

namespace SaaS.Core.Tenancy.Provisioning;

/// <summary>
/// Requests databases from the worker by notification, and waits for its reply. The tenant's row is the request, so that a lost
/// notification delays it only; while it waits it holds no connection.
/// </summary>
internal sealed class TenantDatabaseRequests(
    NpgsqlDataSource control, PostgresSignIn signIn, PostgresNotifications signals, TenantDatabaseReplies replies, IOptions<TenantOptions> options, TimeProvider clock) : TenantDatabases
{
    /// <summary>Tells the worker of a tenant whose database is to be created or dropped: its id, and the trace that it belongs to.</summary>
    public const string Requested = "tenant_database_requested";

    private static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(1);
    private const int PollsPerRequest = 5;

    public override Task<bool> CreateAsync(Guid tenantId, CancellationToken ct) =>
        RequestAsync(tenantId, "SELECT NOT EXISTS (SELECT FROM tenants WHERE id = $1 AND state = 'Provisioning')", ct);

    public override Task<bool> DropAsync(Guid tenantId, CancellationToken ct) =>
        RequestAsync(tenantId, $"SELECT NOT EXISTS (SELECT FROM tenants t WHERE t.id = $1 AND {DatabaseOrRoleExists})", ct);

    private async Task<bool> RequestAsync(Guid tenantId, string isDone, CancellationToken ct)
    {
        var began = clock.GetTimestamp();
        for (var poll = 0; ; poll++)
        {
            using var reply = replies.Expect(tenantId);
            if (poll % PollsPerRequest == 0)
            {
                signals.Send(Requested, $"{tenantId} {Activity.Current?.Id}"); // again where no worker has heard it
            }

            await reply.WaitAsync(PollInterval, clock, ct);
            if (await IsDoneAsync(tenantId, isDone, ct))
            {
                return true;
            }

            if (clock.GetElapsedTime(began) >= options.Value.CreationTimeout)
            {
                return false;
            }
        }
    }

    private async Task<bool> IsDoneAsync(Guid tenantId, string query, CancellationToken ct)
    {
        await using var connection = await signIn.OpenAsync(control, ct);
#pragma warning disable CA2100 // one of the two above
        await using var command = new NpgsqlCommand(query, connection) { Parameters = { new() { Value = tenantId } } };
#pragma warning restore CA2100
        return await command.ExecuteScalarAsync(ct) is true;
    }
}
