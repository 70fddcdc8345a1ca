using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Access;
using SaaS.Core.Http;
using SaaS.Core.Idempotency;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy.Members;

namespace SaaS.Core.Tenancy.Invitations;

/// <summary>The tenant to join.</summary>
/// <param name="TenantId">A tenant in `GET /api/users/me/joinable-tenants`.</param>
public sealed record JoinTenantRequest([Required] Guid? TenantId);

/// <summary>The tenants that the current user can join without an invitation.</summary>
/// <param name="Tenants">Empty or one tenant, because a domain belongs to one tenant only.</param>
public sealed record JoinableTenantList(IReadOnlyList<JoinableTenantView> Tenants);

internal static class JoinTenant
{
    internal static void Map(RouteGroupBuilder users)
    {
        users.MapGet("/me/joinable-tenants", HandleList).WithName("listJoinableTenants");
        users
            .MapPost("/me/tenants", Handle)
            .Idempotent<JoinTenantRequest>()
            .ProducesProblem(TenantRoutes.TenantNotFound, EffectiveQuotas.Exceeded);
    }

    /// <summary>Lists the tenants that the current user can join without an invitation.</summary>
    /// <remarks>A tenant can let everybody join whose confirmed address has one of its verified domains.</remarks>
    internal static async Task<Ok<ApiResponse<JoinableTenantList>>> HandleList(
        CurrentUser currentUser,
        ControlDbContext db,
        CancellationToken ct
    ) =>
        ApiResponse.Ok(
            new JoinableTenantList(await JoinableTenants.FindAsync(db, currentUser.UserId, ct) is { } tenant ? [tenant] : []),
            "Tenants retrieved"
        );

    /// <summary>Joins a tenant without an invitation, by the rule of the tenant.</summary>
    internal static async Task<Results<Created<ApiResponse<MembershipView>>, ProblemResult>> Handle(
        JoinTenantRequest request,
        CurrentUser currentUser,
        ControlDbContext db,
        IdempotencyContext idempotency,
        AddMembership addMembership,
        Invitations invitations,
        CancellationToken ct
    )
    {
        var tenantId = request.TenantId!.Value;
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        await db.LockMembersAsync(tenantId, ct);

        // The address cannot change between this check and the commit.
        await db.Database.ExecuteSqlAsync($"SELECT FROM users WHERE id = {currentUser.UserId} FOR SHARE", ct);
        if (await JoinableTenants.FindAsync(db, currentUser.UserId, ct) is not { } tenant || tenant.TenantId != tenantId)
        {
            return TenantRoutes.TenantNotFound.ToHttp();
        }

        var outcome = await addMembership.RunAsync(tenantId, currentUser.UserId, tenant.Role, currentUser.Actor, "domain", ct);
        if (!outcome.TryGetValue(out var member, out var problem))
        {
            return problem.ToHttp();
        }

        await invitations.EndForMemberAsync(tenantId, currentUser.UserId, ct);
        var response = idempotency.StoreResponse(
            db,
            ApiResponse.Created($"/api/tenants/{tenantId}", MembershipView.From(member), "Tenant joined")
        );
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
        return response;
    }
}
