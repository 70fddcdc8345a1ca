using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Access;
using SaaS.Core.Auditing;
using SaaS.Core.Http;
using SaaS.Core.Messaging;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy.Catalog;

namespace SaaS.Core.Identity.Sso.Configuration;

internal static class RemoveSsoConfiguration
{
    internal static void Map(RouteGroupBuilder tenant) =>
        tenant
            .MapDelete("/config", Handle)
            .RequireTenantRole(TenantRole.Admin)
            .RequireRecentProof()
            .ProducesProblem(SsoProblems.IdentitiesExist, SsoProblems.NotConfigured);

    /// <summary>Removes the tenant's identity provider; its members sign in with passwords again.</summary>
    /// <remarks>Users who came through it and have no password set one with `POST /api/auth/forgot-password`.</remarks>
    /// <param name="force">True to remove it even when users have signed in through it; their links are removed too.</param>
    internal static async Task<Results<Ok<SuccessResponse>, ProblemResult>> Handle(
        [FromQuery] bool? force,
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

        if (force is not true && await db.SsoIdentities.AnyAsync(identity => identity.TenantId == scope.TenantId, ct))
        {
            return SsoProblems.IdentitiesExist.ToHttp();
        }

        await db.SsoIdentities.Where(identity => identity.TenantId == scope.TenantId).ExecuteDeleteAsync(ct);
        await db.SsoFlows.Where(flow => flow.TenantId == scope.TenantId).ExecuteDeleteAsync(ct);
        db.SsoConfigurations.Remove(configuration);
        configurations.ChangeAuthMethod(tenant, AuthMethod.Local, currentUser.UserId);
        db.Outbox.Add(new SsoConfigurationRemoved(currentUser.UserId), subject: scope.TenantId, tenantId: scope.TenantId);
        db.Audit.Record(
            scope.TenantId,
            scope.Actor,
            AuditAction.SsoConfigurationRemoved,
            configuration.Id,
            AuditDetails
                .Create("provider_tenant_id", configuration.ProviderTenantId)
                .With("client_id", configuration.ClientId)
                .WithChange(db.Entry(tenant), nameof(Tenant.AuthMethod))
        );
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
        return SuccessResponse.Ok("Single sign-on configuration removed");
    }
}
