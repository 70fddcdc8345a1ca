using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Access;
using SaaS.Core.Audit;
using SaaS.Core.Databases;
using SaaS.Core.Events;
using SaaS.Platform.Http;
using SaaS.Platform.Postgres;

namespace SaaS.Core.Tenants;

/// <summary>Who may act in the tenant from now on.</summary>
/// <param name="UserId">The account's id.</param>
/// <param name="Role">admin, user or viewer.</param>
public sealed record AddMemberRequest([Required] Guid? UserId, [Required] TenantRole? Role);

/// <summary>The new member.</summary>
/// <param name="UserId">The account's id.</param>
/// <param name="TenantId">The tenant's id.</param>
/// <param name="Role">admin, user or viewer.</param>
/// <param name="JoinedAt">Since when (UTC).</param>
public sealed record AddedMember(Guid UserId, Guid TenantId, TenantRole Role, DateTimeOffset JoinedAt);

internal static class AddMember
{
    private static readonly Problem UserNotFound = new(ProblemKind.NotFound, "NOT_FOUND", "User not found");
    // 400, where one would expect 409: the clients of the system that this one replaces read it so.
    private static readonly Problem AlreadyMember = new(ProblemKind.Invalid, "BAD_REQUEST", "This user is already a member of the tenant");

    internal static void Map(RouteGroupBuilder tenant) =>
        tenant.MapPost("/users", Handle).NeedsRole(TenantRole.Admin).Refuses(AlreadyMember, UserNotFound);

    /// <summary>Adds a member.</summary>
    internal static async Task<Results<Created<Answer<AddedMember>>, ProblemResult>> Handle(
        AddMemberRequest request, TenantScope scope, ControlDb db, TimeProvider clock, CancellationToken ct)
    {
        if (!await db.Users.AnyAsync(user => user.Id == request.UserId && user.IsActive, ct))
        {
            return UserNotFound.ToHttp();
        }

        var membership = new Membership { UserId = request.UserId!.Value, TenantId = scope.TenantId, Role = request.Role!.Value, JoinedAt = clock.GetUtcNow() };
        db.Memberships.Add(membership);
        db.Outbox.Add(new MemberAdded(membership.UserId, membership.Role.ToString().ToLowerInvariant()), subject: membership.UserId, tenantId: scope.TenantId);
        db.Audit.Record(scope.Actor, AuditAction.MemberAdded, membership.UserId);

        try
        {
            await db.SaveChangesAsync(ct);
        }
        catch (DbUpdateException e) when (e.IsUniqueViolation(Membership.Mapping.Key))
        {
            return AlreadyMember.ToHttp();
        }

        var added = new AddedMember(membership.UserId, membership.TenantId, membership.Role, membership.JoinedAt);
        return Answer.Created($"/api/tenants/{scope.TenantId}", added, "Member added");
    }
}
