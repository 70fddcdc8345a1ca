using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using SaaS.Core.Access;
using SaaS.Core.Auditing;
using SaaS.Core.Http;
using SaaS.Core.Identity.Sso.SignIn;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy.Catalog;

namespace SaaS.Core.Identity.Sso.Configuration;

/// <summary>Options for the stored provider tokens.</summary>
/// <param name="KeepAzureIdentities">True when the provider's tokens are kept for a later re-enabling; true unless given.</param>
public sealed record DisableSsoRequest(bool? KeepAzureIdentities);

internal static class DisableSso
{
    internal static void Map(RouteGroupBuilder tenant) =>
        tenant
            .MapPost("/config/disable", Handle)
            .RequireTenantRole(TenantRole.Admin)
            .RequireRecentProof()
            .ProducesProblem(SsoProblems.NotConfigured);

    /// <summary>Disables sign-in through the identity provider. Sessions that it opened lose access to the tenant.</summary>
    internal static async Task<Results<Ok<FlatApiResponse<SsoConfigurationView>>, ProblemResult>> Handle(
        DisableSsoRequest? request,
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

        configuration.IsEnabled = false;
        configuration.Provisions = false;
        configurations.ChangeAuthMethod(tenant, AuthMethod.Local, currentUser.UserId);
        configurations.Record(configuration, tenant, scope.Actor, AuditAction.SsoDisabled, currentUser.UserId);
        if (request?.KeepAzureIdentities is false)
        {
            await SsoIdentity.DeleteTokensAsync(db.SsoIdentities.Where(identity => identity.TenantId == scope.TenantId), ct);
        }

        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
        return ApiResponse.Flat(configurations.CreateView(configuration, tenant), "Single sign-on disabled");
    }
}
