using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using SaaS.Core.Access;
using SaaS.Core.Auditing;
using SaaS.Core.Http;
using SaaS.Core.Persistence;

namespace SaaS.Core.Identity.Sso.Configuration;

internal static class ChangeAutoProvisioning
{
    internal static void Map(RouteGroupBuilder tenant) =>
        tenant
            .MapPut("/config/auto-provisioning", Handle)
            .RequireTenantRole(TenantRole.Admin)
            .RequireRecentProof()
            .ProducesProblem(HttpProblems.BadRequest, SsoProblems.NotConfigured);

    /// <summary>
    /// Replaces the rules for users who become members by signing in; values that are left out are reset to their defaults.
    /// </summary>
    internal static async Task<Results<Ok<FlatApiResponse<SsoConfigurationView>>, ProblemResult>> Handle(
        AutoProvisioning request,
        TenantScope scope,
        CurrentUser currentUser,
        ControlDbContext db,
        SsoConfigurations configurations,
        CancellationToken ct
    )
    {
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        if (await configurations.LockAsync(scope.TenantId, ct) is not (var configuration, var tenant))
        {
            return SsoProblems.NotConfigured.ToHttp();
        }

        request.ApplyTo(configuration);
        configurations.Record(configuration, tenant, scope.Actor, AuditAction.SsoConfigurationChanged, currentUser.UserId);
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
        return ApiResponse.Flat(configurations.CreateView(configuration, tenant), "Provisioning changed");
    }
}
