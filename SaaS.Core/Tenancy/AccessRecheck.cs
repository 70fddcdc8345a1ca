using System.Data.Common;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Npgsql;
using SaaS.Core.Access;
using SaaS.Core.Http;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy.Catalog;
using SaaS.Core.Tenancy.ServiceAccounts;
using SaaS.Infrastructure.Postgres;

namespace SaaS.Core.Tenancy;

/// <summary>
/// Rechecks the access of a request in every transaction that it commits. In the control database this is the first statement, whose
/// rows stay locked until the end; in a tenant's database it is the last step before the commit.
/// </summary>
/// <remarks>An interceptor of both contexts, so that no use case can omit it.</remarks>
internal sealed class AccessRecheck(NpgsqlDataSource control, PostgresSignIn signIn, TimeProvider clock)
    : DbTransactionInterceptor,
        IDbCommandInterceptor
{
    private const string Session = "s.id = $1 AND s.user_id = $2 AND s.ended_at IS NULL AND s.expires_at > $3 AND u.is_active";

    // Locks are always taken in the same order to avoid deadlocks: administrators, tenant, membership, account, session.
    private const string LockOfAccount = "FOR NO KEY UPDATE OF u, s"; // a shared lock would deadlock two requests that change the account
    private const string LockOfMember = "FOR NO KEY UPDATE OF t FOR NO KEY UPDATE OF m FOR SHARE OF u FOR SHARE OF s";
    private const string LockOfAdministrator = "FOR SHARE OF u FOR SHARE OF s";

    private const string AccountQuery = $"SELECT u.is_platform_admin FROM users u JOIN sessions s ON s.user_id = u.id WHERE {Session}";
    private const string MemberQuery = $"""
        SELECT u.is_platform_admin, m.role, t.auth_method, t.mfa_required_from, t.suspension
        FROM tenants t JOIN memberships m ON m.tenant_id = t.id JOIN users u ON u.id = m.user_id JOIN sessions s ON s.user_id = u.id
        WHERE {Session} AND t.id = $4 AND (t.state = 'Active' OR ($5 AND t.state = 'Deleted'))
        """;

    public override async ValueTask<DbTransaction> TransactionStartedAsync(
        DbConnection connection,
        TransactionEndEventData eventData,
        DbTransaction result,
        CancellationToken cancellationToken = default
    )
    {
        if (eventData.Context is ControlDbContext { Access: { } access })
        {
            await RecheckAsync((NpgsqlConnection)connection, (NpgsqlTransaction)result, access, cancellationToken);
        }

        return result;
    }

    public override async ValueTask<InterceptionResult> TransactionCommittingAsync(
        DbTransaction transaction,
        TransactionEventData eventData,
        InterceptionResult result,
        CancellationToken cancellationToken = default
    )
    {
        if (eventData.Context is TenantDbContext { Access: { } access })
        {
            await RecheckAsync(access, cancellationToken);
        }

        return result;
    }

    /// <summary>Rejects a statement outside of a transaction, because its access could not be rechecked before it commits.</summary>
    public ValueTask<InterceptionResult<int>> NonQueryExecutingAsync(
        DbCommand command,
        CommandEventData eventData,
        InterceptionResult<int> result,
        CancellationToken cancellationToken = default
    ) =>
        command.Transaction is null && eventData.Context is ControlDbContext { Access: not null } or TenantDbContext { Access: not null }
            ? throw new InvalidOperationException("A request must change data in a transaction, where its access is rechecked.")
            : ValueTask.FromResult(result);

    /// <summary>Rechecks access without a lock, for a commit on another connection.</summary>
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
            // Two administrators must not deactivate each other at the same time.
            await using var lockCommand = new NpgsqlCommand(
                "SELECT pg_advisory_xact_lock(hashtext('platform-admins'))",
                connection,
                transaction
            );
            await lockCommand.ExecuteNonQueryAsync(ct);
        }

        if (await CheckAsync(connection, transaction, access, ct) is { } problem)
        {
            throw new AccessEndedException(problem);
        }

        access.WasRechecked = true;
    }

    private async Task<Problem?> CheckAsync(
        NpgsqlConnection connection,
        NpgsqlTransaction? transaction,
        RequestAccess access,
        CancellationToken ct
    )
    {
        if (access.Principal is CurrentServiceAccount caller)
        {
            return await ApiKeyAccess.RecheckAsync(caller, access.Tenant!, connection, transaction, clock.GetUtcNow(), ct);
        }

        var user = (CurrentUser)access.Principal;
        var (query, lockClause) = access.Tenant is not null
            ? (MemberQuery, LockOfMember)
            : (AccountQuery, access.RequiredPlatformAdmin ? LockOfAdministrator : LockOfAccount);
        await using (var command = CreateCommand(transaction is null ? query : $"{query} {lockClause}", connection, transaction, access))
        await using (var reader = await command.ExecuteReaderAsync(ct))
        {
            if (await reader.ReadAsync(ct))
            {
                return access.RequiredPlatformAdmin && !(reader.GetBoolean(0) && user.Method is SignInMethod.Password)
                        ? PlatformRoutes.PlatformAdminsOnly
                    : access.Tenant is not { } tenant ? null
                    : TenantAuthorizationMiddleware.CheckSession(
                        user,
                        tenant.TenantId,
                        Enum.Parse<AuthMethod>(reader.GetString(2)),
                        reader.IsDBNull(3) ? null : reader.GetFieldValue<DateTimeOffset>(3),
                        clock.GetUtcNow()
                    )
                        ?? TenantAuthorizationMiddleware.CheckSuspension(Enum.Parse<TenantSuspension>(reader.GetString(4)), isChange: true)
                        ?? (Enum.Parse<TenantRole>(reader.GetString(1)).Includes(tenant.Role) ? null : TenantRoutes.InsufficientRole);
            }
        }

        if (access.Tenant is null)
        {
            return HttpProblems.Unauthenticated;
        }

        // A client with a valid session gets 404 for the tenant; without one it gets 401.
        await using var account = CreateCommand(AccountQuery, connection, transaction, access with { Tenant = null });
        return await account.ExecuteScalarAsync(ct) is null ? HttpProblems.Unauthenticated : TenantRoutes.TenantNotFound;
    }

    private NpgsqlCommand CreateCommand(string query, NpgsqlConnection connection, NpgsqlTransaction? transaction, RequestAccess access)
    {
        var user = (CurrentUser)access.Principal;
        var command = new NpgsqlCommand(query, connection, transaction)
        {
            Parameters =
            {
                new() { Value = user.SessionId },
                new() { Value = user.UserId },
                new() { Value = clock.GetUtcNow() },
            },
        };
        if (access.Tenant is { } tenant)
        {
            command.Parameters.Add(new() { Value = tenant.TenantId });
            command.Parameters.Add(new() { Value = tenant.AllowsDeleted });
        }

        return command;
    }
}
