using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using SaaS.Core.Access;
using SaaS.Core.Auditing;
using SaaS.Core.Http;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy.Catalog;

namespace SaaS.Core.Identity.Sso.Configuration;

/// <summary>The sign-in method of the members.</summary>
/// <param name="AuthMethod">both (the default), or sso: then passwords no longer give access to the tenant.</param>
public sealed record EnableSsoRequest([OneOf("both", "sso")] string? AuthMethod);

internal static class EnableSso
{
    internal static void Map(RouteGroupBuilder tenant) =>
        tenant
            .MapPost("/config/enable", Handle)
            .RequireTenantRole(TenantRole.Admin)
            .RequireRecentProof()
            .ProducesProblem(SsoProblems.NotConfigured, SsoProblems.NotProved);

    /// <summary>Enables sign-in through the identity provider.</summary>
    /// <remarks>
    /// `sso` requires that an admin has signed in through exactly this provider once, so that a tenant cannot lock itself out. Add a
    /// break-glass admin in case the provider fails later.
    /// </remarks>
    internal static async Task<Results<Ok<FlatApiResponse<SsoConfigurationView>>, ProblemResult>> Handle(
        EnableSsoRequest? request,
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

        var method = request?.AuthMethod is "sso" ? AuthMethod.Sso : AuthMethod.Both;
        if (method is AuthMethod.Sso && configuration.ProvedAt is null)
        {
            return SsoProblems.NotProved.ToHttp();
        }

        configuration.IsEnabled = true;
        configurations.ChangeAuthMethod(tenant, method, currentUser.UserId);
        configurations.Record(configuration, tenant, scope.Actor, AuditAction.SsoEnabled, currentUser.UserId);
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
        return ApiResponse.Flat(configurations.CreateView(configuration, tenant), "Single sign-on enabled");
    }
}
