using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Access;
using SaaS.Core.Auditing;
using SaaS.Core.Http;
using SaaS.Core.Messaging;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy.Members;

namespace SaaS.Core.Tenancy.ServiceAccounts;

internal static class RevokeApiKey
{
    internal static void Map(RouteGroupBuilder keys) =>
        keys.MapDelete("/{keyId:guid}", Handle).RequireTenantRole(TenantRole.Admin).ProducesProblem(ServiceAccountProblems.KeyNotFound);

    /// <summary>Revokes an API key. It is rejected from the next request on.</summary>
    /// <remarks>The key is shown in the list for 30 days. Revoking it again changes nothing.</remarks>
    internal static async Task<Results<Ok<ApiResponse<ApiKeyView>>, ProblemResult>> Handle(
        [AsParameters] KeyRoute route,
        TenantScope scope,
        CurrentUser currentUser,
        ControlDbContext db,
        ApiKeyCache cache,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        await db.LockMembersAsync(scope.TenantId, ct);
        if (await db.QueryApiKey(scope.TenantId, route.ServiceAccountId, route.KeyId).SingleOrDefaultAsync(ct) is not { } key)
        {
            return ServiceAccountProblems.KeyNotFound.ToHttp();
        }

        if (key.RevokedAt is null)
        {
            key.RevokedAt = clock.GetUtcNow();
            db.Outbox.Add(new ApiKeyRevoked(key.Id, key.ServiceAccountId, currentUser.UserId), subject: key.Id, tenantId: scope.TenantId);
            db.Audit.Record(
                scope.TenantId,
                scope.Actor,
                AuditAction.ApiKeyRevoked,
                key.Id,
                AuditDetails.Create("service_account_id", key.ServiceAccountId).With("name", key.Name)
            );
            await db.SaveChangesAsync(ct);
        }

        await transaction.CommitAsync(ct);
        cache.Evict(key.Id);
        return ApiResponse.Ok(ApiKeyView.From(key), "API key revoked");
    }
}
