using Microsoft.EntityFrameworkCore;
using Npgsql;
using SaaS.Core.Access;
using SaaS.Core.Http;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy.Catalog;

namespace SaaS.Core.Tenancy.ServiceAccounts;

/// <summary>
/// Finds what an API key may do in its tenant. Every request reads the rows of the key, the service account and the tenant, so that a
/// revocation, a lower role and the deletion of the tenant apply from the next request on, in every process.
/// </summary>
internal sealed class ApiKeyAccess(ApiKeyCache cache, TimeProvider clock)
{
    // Compiled, because it runs for every request to a tenant.
    private static readonly Func<ControlDbContext, Guid, Guid, DateTimeOffset, CancellationToken, Task<KeyMatch?>> FindMatchAsync =
        EF.CompileAsyncQuery(
            (ControlDbContext db, Guid keyId, Guid serviceAccountId, DateTimeOffset now, CancellationToken ct) =>
                db.Set<ApiKey>()
                    .Where(key => key.Id == keyId && key.RevokedAt == null && key.ExpiresAt > now)
                    .Join(
                        db.Set<ServiceAccount>().Where(account => account.Id == serviceAccountId && account.DisabledAt == null),
                        key => key.ServiceAccountId,
                        account => account.Id,
                        (key, account) => account
                    )
                    .Join(
                        db.Set<Tenant>(),
                        account => account.TenantId,
                        tenant => tenant.Id,
                        (account, tenant) =>
                            new KeyMatch(
                                tenant.Id,
                                tenant.State,
                                new TenantAuthorizationMiddleware.TenantMatch(
                                    account.Role,
                                    tenant.AuthMethod,
                                    tenant.MfaRequiredFrom,
                                    tenant.Suspension,
                                    tenant.SchemaVersion,
                                    tenant.Quotas.MaxRequestsPerMinute,
                                    new TenantDatabase(tenant.DatabaseName, tenant.DatabaseRole, tenant.EncryptedDatabasePassword)
                                )
                            )
                    )
                    .SingleOrDefault()
        );

    // Locks in the order of AccessRecheck: tenant, service account, key.
    private const string Query = """
        SELECT a.role, t.state, t.suspension
        FROM tenants t JOIN service_accounts a ON a.tenant_id = t.id JOIN api_keys k ON k.service_account_id = a.id
        WHERE k.id = $1 AND a.id = $2 AND t.id = $3 AND k.revoked_at IS NULL AND k.expires_at > $4 AND a.disabled_at IS NULL
        """;
    private const string Lock = "FOR NO KEY UPDATE OF t FOR SHARE OF a FOR SHARE OF k";

    /// <summary>Authorizes a key for the tenant of the request; the caller compares the roles.</summary>
    public async Task<Result<TenantAuthorizationMiddleware.TenantMatch>> FindAsync(
        ControlDbContext db,
        CurrentServiceAccount account,
        TenantAccess requested,
        CancellationToken ct
    )
    {
        if (await FindMatchAsync(db, account.KeyId, account.ServiceAccountId, clock.GetUtcNow(), ct) is not { } found)
        {
            cache.Evict(account.KeyId);
            return ApiKeyProblems.Invalid;
        }

        return found.TenantId == requested.TenantId && IsServed(found.State, requested) ? found.Match : TenantRoutes.TenantNotFound;
    }

    /// <summary>Rechecks the access of a key; locks its rows in a transaction.</summary>
    /// <returns>Null while the access is as it was granted.</returns>
    public static async Task<Problem?> RecheckAsync(
        CurrentServiceAccount account,
        TenantAccess granted,
        NpgsqlConnection connection,
        NpgsqlTransaction? transaction,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        await using var command = new NpgsqlCommand(transaction is null ? Query : $"{Query} {Lock}", connection, transaction)
        {
            Parameters =
            {
                new() { Value = account.KeyId },
                new() { Value = account.ServiceAccountId },
                new() { Value = granted.TenantId },
                new() { Value = now },
            },
        };
        await using var reader = await command.ExecuteReaderAsync(ct);
        return !await reader.ReadAsync(ct) ? ApiKeyProblems.Invalid
            : !IsServed(Enum.Parse<TenantState>(reader.GetString(1)), granted) ? TenantRoutes.TenantNotFound
            : TenantAuthorizationMiddleware.CheckSuspension(Enum.Parse<TenantSuspension>(reader.GetString(2)), isChange: true)
                is { } suspended
                ? suspended
            : !Enum.Parse<TenantRole>(reader.GetString(0)).Includes(granted.Role) ? TenantRoutes.InsufficientRole
            : null;
    }

    private static bool IsServed(TenantState state, TenantAccess access) =>
        state is TenantState.Active || (access.AllowsDeleted && state is TenantState.Deleted);

    private sealed record KeyMatch(Guid TenantId, TenantState State, TenantAuthorizationMiddleware.TenantMatch Match);
}
