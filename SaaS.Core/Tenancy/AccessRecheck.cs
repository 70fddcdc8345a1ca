using System.Data.Common;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Npgsql;
using SaaS.Core.Access;
using SaaS.Core.Http;
using SaaS.Core.Persistence;
using SaaS.Infrastructure.Postgres;

namespace SaaS.Core.Tenancy;

/// <summary>
/// Checks the access of a request again in every transaction that it commits. In the control database that is the transaction's first
/// statement, and the rows that decide stay locked until its end; in a tenant's database it is the last step before the commit.
/// Attached to both contexts, so that no use case can forget it.
/// </summary>
internal sealed class AccessRecheck(NpgsqlDataSource control, PostgresSignIn signIn, TimeProvider clock) : DbTransactionInterceptor, IDbCommandInterceptor
{
    private const string Session = "s.id = $1 AND s.user_id = $2 AND s.ended_at IS NULL AND s.expires_at > $3 AND u.is_active";

    // The order of the locks is the same everywhere: administrators, tenant, membership, account, session.
    private const string LockOfAccount = "FOR NO KEY UPDATE OF u, s"; // such a request may change its own account: two that shared it could not both go on
    private const string LockOfMember = "FOR NO KEY UPDATE OF t FOR NO KEY UPDATE OF m FOR SHARE OF u FOR SHARE OF s";
    private const string LockOfAdministrator = "FOR SHARE OF u FOR SHARE OF s";

    private const string AccountQuery = $"SELECT u.is_platform_admin FROM users u JOIN sessions s ON s.user_id = u.id WHERE {Session}";
    private const string MemberQuery =
        $"""
        SELECT u.is_platform_admin, m.role, t.auth_method
        FROM tenants t JOIN memberships m ON m.tenant_id = t.id JOIN users u ON u.id = m.user_id JOIN sessions s ON s.user_id = u.id
        WHERE {Session} AND t.id = $4 AND (t.state = 'Active' OR ($5 AND t.state = 'Deleted'))
        """;

    public override async ValueTask<DbTransaction> TransactionStartedAsync(DbConnection connection, TransactionEndEventData eventData, DbTransaction result, CancellationToken cancellationToken = default)
    {
        if (eventData.Context is ControlDbContext { Access: { } access })
        {
            await RecheckAsync((NpgsqlConnection)connection, (NpgsqlTransaction)result, access, cancellationToken);
        }

        return result;
    }

    public override async ValueTask<InterceptionResult> TransactionCommittingAsync(DbTransaction transaction, TransactionEventData eventData, InterceptionResult result, CancellationToken cancellationToken = default)
    {
        if (eventData.Context is TenantDbContext { Access: { } access })
        {
            await RecheckAsync(access, cancellationToken);
        }

        return result;
    }

    /// <summary>Refuses what would be committed by itself: there is no moment at which it could be checked.</summary>
    public ValueTask<InterceptionResult<int>> NonQueryExecutingAsync(DbCommand command, CommandEventData eventData, InterceptionResult<int> result, CancellationToken cancellationToken = default) =>
        command.Transaction is null && eventData.Context is ControlDbContext { Access: not null } or TenantDbContext { Access: not null }
            ? throw new InvalidOperationException("A request that changes something does it in a transaction, where its access is checked again.")
            : ValueTask.FromResult(result);

    /// <summary>Checks without a lock, for what is about to be committed elsewhere.</summary>
    /// <exception cref="AccessEndedException">The access has ended.</exception>
    public async Task RecheckAsync(RequestAccess access, CancellationToken ct)
    {
        await using var connection = await signIn.OpenAsync(control, ct);
        await RecheckAsync(connection, transaction: null, access, ct);
    }

    private async Task RecheckAsync(NpgsqlConnection connection, NpgsqlTransaction? transaction, RequestAccess access, CancellationToken ct)
    {
        if (transaction is not null && access.RequiredPlatformAdmin)
        {
            await using var alone = new NpgsqlCommand("SELECT pg_advisory_xact_lock(hashtext('platform-admins'))", connection, transaction); // two who deactivate each other
            await alone.ExecuteNonQueryAsync(ct);
        }

        if (await FindRefusalAsync(connection, transaction, access, ct) is { } refusal)
        {
            throw new AccessEndedException(refusal);
        }

        access.WasRechecked = true;
    }

    private async Task<Problem?> FindRefusalAsync(NpgsqlConnection connection, NpgsqlTransaction? transaction, RequestAccess access, CancellationToken ct)
    {
        var (query, locked) = access.Tenant is not null ? (MemberQuery, LockOfMember) : (AccountQuery, access.RequiredPlatformAdmin ? LockOfAdministrator : LockOfAccount);
        await using (var command = CommandOf(transaction is null ? query : $"{query} {locked}", connection, transaction, access))
        await using (var reader = await command.ExecuteReaderAsync(ct))
        {
            if (await reader.ReadAsync(ct))
            {
                return access.RequiredPlatformAdmin && !(reader.GetBoolean(0) && access.Caller.Method is SignInMethod.Password) ? PlatformRoutes.PlatformAdminsOnly
                    : access.Tenant is not { } tenant ? null
                    : TenantAuthorizationMiddleware.FindRefusal(access.Caller, tenant.TenantId, Enum.Parse<AuthMethod>(reader.GetString(2)))
                        ?? (Enum.Parse<TenantRole>(reader.GetString(1)).Includes(tenant.Role) ? null : TenantRoutes.RoleTooLow);
            }
        }

        if (access.Tenant is null)
        {
            return HttpProblems.Unauthenticated;
        }

        await using var account = CommandOf(AccountQuery, connection, transaction, access with { Tenant = null }); // whoever has signed in still is told that there is no such tenant
        return await account.ExecuteScalarAsync(ct) is null ? HttpProblems.Unauthenticated : TenantRoutes.TenantNotFound;
    }

    private NpgsqlCommand CommandOf(string query, NpgsqlConnection connection, NpgsqlTransaction? transaction, RequestAccess access)
    {
        var command = new NpgsqlCommand(query, connection, transaction)
        {
            Parameters = { new() { Value = access.Caller.SessionId }, new() { Value = access.Caller.UserId }, new() { Value = clock.GetUtcNow() } },
        };
        if (access.Tenant is { } tenant)
        {
            command.Parameters.Add(new() { Value = tenant.TenantId });
            command.Parameters.Add(new() { Value = tenant.AllowsDeleted });
        }

        return command;
    }
}
