using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Access;
using SaaS.Core.Auditing;
using SaaS.Core.Http;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Messaging;
using SaaS.Core.Persistence;

namespace SaaS.Core.Tenancy.Members;

/// <summary>The new role of the member.</summary>
/// <param name="Role">admin, user or viewer.</param>
public sealed record ChangeMemberRoleRequest([Required] TenantRole? Role);

internal static class ChangeMemberRole
{
    internal static void Map(RouteGroupBuilder tenant)
    {
        tenant
            .MapPut("/users/{userId:guid}", Handle)
            .RequireTenantRole(TenantRole.Admin)
            .RequireScope(ApiScope.MembersWrite)
            .ProducesProblem(TenantProblems.LastAdmin, TenantProblems.MemberNotFound);
        tenant
            .MapPatch("/users/{userId:guid}", Handle)
            .WithName("patchMemberRole")
            .RequireTenantRole(TenantRole.Admin)
            .RequireScope(ApiScope.MembersWrite)
            .ProducesProblem(TenantProblems.LastAdmin, TenantProblems.MemberNotFound);
    }

    /// <summary>Changes the role of a member. Applies from the next request on.</summary>
    internal static async Task<Results<Ok<ApiResponse<MembershipView>>, ProblemResult>> Handle(
        Guid userId,
        ChangeMemberRoleRequest request,
        TenantScope scope,
        ControlDbContext db,
        CredentialRevocation revocation,
        CancellationToken ct
    )
    {
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        await db.LockMembersAsync(scope.TenantId, ct);
        if (
            await db.Memberships.SingleOrDefaultAsync(candidate => candidate.TenantId == scope.TenantId && candidate.UserId == userId, ct)
            is not { } member
        )
        {
            return TenantProblems.MemberNotFound.ToHttp();
        }

        var role = request.Role!.Value;
        if (member.Role is TenantRole.Admin && role is not TenantRole.Admin && !await db.HasOtherAdminAsync(member, ct))
        {
            return TenantProblems.LastAdmin.ToHttp();
        }

        if (member.Role != role)
        {
            var wasAdmin = member.Role is TenantRole.Admin;
            member.Role = role;
            db.Outbox.Add(new MemberRoleChanged(userId, role.ToJsonName()), subject: userId, tenantId: scope.TenantId);
            db.Audit.Record(
                scope.TenantId,
                scope.Actor,
                AuditAction.MemberRoleChanged,
                userId,
                AuditDetails.Empty.WithChange(db.Entry(member), nameof(Membership.Role))
            );
            if (wasAdmin)
            {
                await revocation.RevokeInTenantAsync(userId, scope.TenantId, RevocationReason.AdminRoleEnded, scope.Actor, ct);
            }

            await revocation.CommitAsync(transaction, ct);
        }

        return ApiResponse.Ok(MembershipView.From(member), "Role changed");
    }
}
