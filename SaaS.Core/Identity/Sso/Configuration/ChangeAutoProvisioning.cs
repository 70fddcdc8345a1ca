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
        tenant.MapPut("/config/auto-provisioning", Handle).NeedsRole(TenantRole.Admin).Refuses(HttpProblems.BadRequest, SsoProblems.NotConfigured);

    /// <summary>Says who becomes a member by signing in, and as what; what is left out is as if it had never been said.</summary>
    internal static async Task<Results<Ok<FlatAnswer<SsoConfigurationView>>, ProblemResult>> Handle(
        AutoProvisioning request, TenantScope scope, Caller caller, ControlDb db, SsoConfigurations configurations, CancellationToken ct)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        if (await configurations.LockAsync(scope.TenantId, ct) is not (var configuration, var tenant))
        {
            return SsoProblems.NotConfigured.ToHttp();
        }

        request.ApplyTo(configuration);
        configurations.Record(configuration, tenant, scope.Actor, AuditAction.SsoConfigurationChanged, caller.UserId);
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
        return Answer.Flat(configurations.ViewOf(configuration, tenant), "Provisioning changed");
    }
}
