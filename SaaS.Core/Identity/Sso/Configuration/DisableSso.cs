using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using SaaS.Core.Access;
using SaaS.Core.Auditing;
using SaaS.Core.Http;
using SaaS.Core.Identity.Sso.SignIn;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy;

namespace SaaS.Core.Identity.Sso.Configuration;

/// <summary>What becomes of people's tokens.</summary>
/// <param name="KeepAzureIdentities">Whether the provider's tokens are kept for when it is enabled again; true unless given.</param>
public sealed record DisableSsoRequest(bool? KeepAzureIdentities);

internal static class DisableSso
{
    internal static void Map(RouteGroupBuilder tenant) =>
        tenant.MapPost("/config/disable", Handle).RequireTenantRole(TenantRole.Admin).ProducesProblem(SsoProblems.NotConfigured);

    /// <summary>Lets nobody sign in through the identity provider any more; sessions that it opened enter the tenant no more either.</summary>
    internal static async Task<Results<Ok<FlatApiResponse<SsoConfigurationView>>, ProblemResult>> Handle(
        DisableSsoRequest? request, TenantScope scope, CurrentUser currentUser, ControlDbContext db, SsoConfigurations configurations, CancellationToken ct)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        if (await configurations.LockAsync(scope.TenantId, ct) is not (var configuration, var tenant))
        {
            return SsoProblems.NotConfigured.ToHttp();
        }

        configuration.IsEnabled = false;
        configuration.Provisions = false;
        configurations.ChangeAuthMethod(tenant, AuthMethod.Local, currentUser.UserId);
        configurations.Record(configuration, tenant, scope.Actor, AuditAction.SsoDisabled, currentUser.UserId);
        if (request?.KeepAzureIdentities is false)
        {
            await SsoIdentity.ForgetTokensAsync(db.SsoIdentities.Where(identity => identity.TenantId == scope.TenantId), ct);
        }

        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
        return ApiResponse.Flat(configurations.ViewOf(configuration, tenant), "Single sign-on disabled");
    }
}
