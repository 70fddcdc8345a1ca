using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Access;
using SaaS.Core.Auditing;
using SaaS.Core.Http;
using SaaS.Core.Identity.Sso;
using SaaS.Core.Identity.Sso.Configuration;
using SaaS.Core.Messaging;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy.Members;

namespace SaaS.Core.Tenancy.Invitations;

/// <summary>The new rule.</summary>
/// <param name="Role">The role of people who join by themselves, user or viewer; null if nobody can.</param>
public sealed record ChangeJoinRuleRequest([NotAdmin] TenantRole? Role);

/// <summary>The rule by which people join a tenant by themselves.</summary>
/// <param name="Role">The role of people who join, user or viewer; null when nobody can.</param>
/// <param name="Domains">The verified domains of the tenant, whose confirmed addresses can join.</param>
public sealed record JoinRuleView(TenantRole? Role, IReadOnlyList<string> Domains);

internal static class ChangeJoinRule
{
    internal static void Map(RouteGroupBuilder tenant)
    {
        tenant.MapGet("/join-rule", HandleGet).WithName("getJoinRule").RequireTenantRole(TenantRole.Admin);
        tenant.MapPut("/join-rule", Handle).RequireTenantRole(TenantRole.Admin);
    }

    /// <summary>Gets the rule by which people join by themselves.</summary>
    internal static async Task<Ok<ApiResponse<JoinRuleView>>> HandleGet(TenantScope scope, ControlDbContext db, CancellationToken ct)
    {
        var rule = await db.JoinRules.AsNoTracking().SingleOrDefaultAsync(one => one.TenantId == scope.TenantId, ct);
        return ApiResponse.Ok(new JoinRuleView(rule?.Role, await ListDomainsAsync(db, scope.TenantId, ct)), "Rule retrieved");
    }

    /// <summary>Changes the rule by which people join by themselves.</summary>
    /// <remarks>
    /// A user with a confirmed address of a verified domain of the tenant can then join without an invitation. A member whom an admin
    /// removed cannot.
    /// </remarks>
    internal static async Task<Ok<ApiResponse<JoinRuleView>>> Handle(
        ChangeJoinRuleRequest request,
        TenantScope scope,
        CurrentUser currentUser,
        ControlDbContext db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        await db.LockMembersAsync(scope.TenantId, ct);
        var rule = await db.JoinRules.SingleOrDefaultAsync(one => one.TenantId == scope.TenantId, ct);
        var before = rule?.Role;
        if (request.Role is not { } role)
        {
            db.JoinRules.RemoveRange(rule is null ? [] : [rule]);
        }
        else if (rule is null)
        {
            db.JoinRules.Add(
                new JoinRule
                {
                    TenantId = scope.TenantId,
                    Role = role,
                    UpdatedAt = clock.GetUtcNow(),
                }
            );
        }
        else
        {
            (rule.Role, rule.UpdatedAt) = (role, clock.GetUtcNow());
        }

        if (before != request.Role)
        {
            db.Outbox.Add(
                new JoinRuleChanged(request.Role?.ToJsonName(), currentUser.UserId),
                subject: scope.TenantId,
                tenantId: scope.TenantId
            );
            db.Audit.Record(
                scope.TenantId,
                scope.Actor,
                AuditAction.JoinRuleChanged,
                scope.TenantId,
                AuditDetails.Empty.WithChange("role", before, request.Role)
            );
        }

        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
        return ApiResponse.Ok(new JoinRuleView(request.Role, await ListDomainsAsync(db, scope.TenantId, ct)), "Rule changed");
    }

    private static Task<List<string>> ListDomainsAsync(ControlDbContext db, Guid tenantId, CancellationToken ct) =>
        db
            .SsoDomains.Where(domain => domain.TenantId == tenantId && domain.VerifiedAt != null)
            .OrderBy(domain => domain.Domain)
            .Select(domain => domain.Domain)
            .ToListAsync(ct);
}
