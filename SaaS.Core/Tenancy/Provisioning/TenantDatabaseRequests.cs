using System.Diagnostics;
using Microsoft.Extensions.Options;
using Npgsql;
using SaaS.Infrastructure.Postgres;

namespace SaaS.Core.Tenancy.Provisioning;

/// <summary>
/// Requests databases from the worker by notification, and waits for its reply without holding a connection. The tenant's row is the
/// request, so that a lost notification only delays it.
/// </summary>
internal sealed class TenantDatabaseRequests(
    NpgsqlDataSource control,
    PostgresSignIn signIn,
    PostgresNotifications notifications,
    TenantDatabaseReplies replies,
    IOptions<TenantOptions> options,
    TimeProvider clock
) : TenantDatabases
{
    /// <summary>The channel on which the worker receives a trace id and the id of a tenant whose database it creates or drops.</summary>
    public const string RequestedChannel = "tenant_database_requested";

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
                notifications.Send(RequestedChannel, $"{tenantId} {Activity.Current?.Id}"); // repeated in case no worker received it
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
#pragma warning disable CA2100 // the query is one of the two constants above
        await using var command = new NpgsqlCommand(query, connection) { Parameters = { new() { Value = tenantId } } };
#pragma warning restore CA2100
        return await command.ExecuteScalarAsync(ct) is true;
    }
}
