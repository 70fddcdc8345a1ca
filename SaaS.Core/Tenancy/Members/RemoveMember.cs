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

internal static class RemoveMember
{
    internal static void Map(RouteGroupBuilder tenant) =>
        tenant
            .MapDelete("/users/{userId:guid}", Handle)
            .RequireScope(ApiScope.MembersWrite)
            .ProducesProblem(TenantProblems.LastAdmin, TenantRoutes.InsufficientRole, TenantProblems.MemberNotFound);

    /// <summary>Removes a member from the tenant. Admins can remove any member; other members can remove only themselves.</summary>
    /// <remarks>
    /// Revokes what the account has in the tenant: tenant-bound sessions, download links, tokens of the identity provider and a break-glass
    /// registration. A member whom an admin removed cannot join again by single sign-on until an admin adds them.
    /// </remarks>
    internal static async Task<Results<Ok<SuccessResponse>, ProblemResult>> Handle(
        Guid userId,
        TenantScope scope,
        Principal principal,
        ControlDbContext db,
        CredentialRevocation revocation,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        if (userId != principal.Id && scope.Role is not TenantRole.Admin)
        {
            return TenantRoutes.InsufficientRole.ToHttp();
        }

        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        await db.LockMembersAsync(scope.TenantId, ct);
        if (
            await db.Memberships.SingleOrDefaultAsync(candidate => candidate.TenantId == scope.TenantId && candidate.UserId == userId, ct)
            is not { } member
        )
        {
            return TenantProblems.MemberNotFound.ToHttp();
        }

        if (member.Role is TenantRole.Admin && !await db.HasOtherAdminAsync(member, ct))
        {
            return TenantProblems.LastAdmin.ToHttp();
        }

        db.Memberships.Remove(member);
        if (userId != principal.Id)
        {
            var email = await db.Users.Where(user => user.Id == userId).Select(user => user.Email).SingleAsync(ct);
            db.RemovedMembers.Add(
                new RemovedMember
                {
                    TenantId = scope.TenantId,
                    UserId = userId,
                    Email = email,
                    RemovedBy = principal.Id,
                    RemovedAt = clock.GetUtcNow(),
                }
            );
        }

        db.Outbox.Add(new MemberRemoved(userId), subject: userId, tenantId: scope.TenantId);
        db.Audit.Record(scope.TenantId, scope.Actor, AuditAction.MemberRemoved, userId, AuditDetails.Create("role", member.Role));
        await db.SaveChangesAsync(ct);
        await revocation.RevokeInTenantAsync(userId, scope.TenantId, RevocationReason.MembershipEnded, scope.Actor, ct);
        await revocation.CommitAsync(transaction, ct);

        return SuccessResponse.Ok("Member removed");
    }
}
