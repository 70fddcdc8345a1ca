using System.ComponentModel;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Access;
using SaaS.Core.Http;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy.Catalog;

namespace SaaS.Core.Identity.Sso.Configuration;

internal static class GetSsoConfiguration
{
    internal static void Map(RouteGroupBuilder tenant) =>
        tenant
            .MapGet("/config", Handle)
            .RequireTenantRole(TenantRole.Admin)
            .ProducesProblem(HttpProblems.BadRequest, SsoProblems.NotConfigured);

    /// <summary>Returns the tenant's identity provider without its secret.</summary>
    internal static async Task<Results<Ok<FlatApiResponse<SsoConfigurationView>>, ProblemResult>> Handle(
        [FromQuery(Name = "include_stats"), Description("True to include usage statistics.")] bool? includeStats,
        TenantScope scope,
        ControlDbContext db,
        SsoConfigurations configurations,
        CancellationToken ct
    )
    {
        if (
            await db.SsoConfigurations.AsNoTracking().SingleOrDefaultAsync(candidate => candidate.TenantId == scope.TenantId, ct)
            is not { } configuration
        )
        {
            return SsoProblems.NotConfigured.ToHttp();
        }

        var tenant = await db.Tenants.AsNoTracking().SingleAsync(candidate => candidate.Id == scope.TenantId, ct);
        return ApiResponse.Flat(
            configurations.CreateView(configuration, tenant, includeStats is true ? await CountAsync(db, scope.TenantId, ct) : null),
            "Single sign-on configuration retrieved"
        );
    }

    private static async Task<SsoUsage> CountAsync(ControlDbContext db, Guid tenantId, CancellationToken ct)
    {
        var identities = db.SsoIdentities.Where(identity => identity.TenantId == tenantId);
        return new SsoUsage(
            await identities.CountAsync(ct),
            await identities.CountAsync(identity => db.Set<User>().Any(user => user.Id == identity.UserId && user.IsActive), ct),
            await identities.Select(identity => identity.DirectoryId).Distinct().ToListAsync(ct)
        );
    }
}
