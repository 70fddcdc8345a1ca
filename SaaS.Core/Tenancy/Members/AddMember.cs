using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using SaaS.Core.Access;
using SaaS.Core.Auditing;
using SaaS.Core.Http;
using SaaS.Core.Idempotency;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Messaging;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy.Catalog;

namespace SaaS.Core.Tenancy.Members;

/// <summary>The account to add as a member, identified by its id or by its e-mail address.</summary>
/// <param name="UserId">The account's id; omit it to give the e-mail address.</param>
/// <param name="Email">The account's e-mail address, which its owner must have confirmed; omit it to give the id.</param>
/// <param name="Role">admin, user or viewer.</param>
public sealed record AddMemberRequest(Guid? UserId, [Email] string? Email, [Required] TenantRole? Role);

/// <summary>A membership of a tenant.</summary>
/// <param name="UserId">The account's id.</param>
/// <param name="TenantId">The tenant's id.</param>
/// <param name="Role">admin, user or viewer.</param>
/// <param name="JoinedAt">The time at which the membership began (UTC).</param>
public sealed record MembershipView(Guid UserId, Guid TenantId, TenantRole Role, DateTimeOffset JoinedAt)
{
    internal static MembershipView From(Membership member) => new(member.UserId, member.TenantId, member.Role, member.JoinedAt);
}

internal static class AddMember
{
    private static readonly Problem UserIdOrEmail = Problem.ForField("user_id", "Give either user_id or email.");

    internal static void Map(RouteGroupBuilder tenant) =>
        tenant
            .MapPost("/users", Handle)
            .Idempotent<AddMemberRequest>()
            .RequireTenantRole(TenantRole.Admin)
            .RequireScope(ApiScope.MembersWrite)
            .ProducesProblem(TenantProblems.AlreadyMember, TenantProblems.UserNotFound, EffectiveQuotas.Exceeded);

    /// <summary>Adds a member to the tenant.</summary>
    /// <remarks>An account whose e-mail address is not confirmed can be added only by its id.</remarks>
    internal static async Task<Results<Created<ApiResponse<MembershipView>>, ProblemResult>> Handle(
        AddMemberRequest request,
        TenantScope scope,
        ControlDbContext db,
        IdempotencyContext idempotency,
        IOptions<QuotaOptions> quotas,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        if (request.UserId is null == request.Email is null)
        {
            return UserIdOrEmail.ToHttp();
        }

        var email = request.Email is { } emailText ? EmailAddress.Parse(emailText) : null;

        // Only a confirmed address counts, because anyone can register an address that is not theirs.
        var userId = await db
            .Users.Where(user => user.IsActive && (user.Id == request.UserId || (user.Email == email && user.EmailVerifiedAt != null)))
            .Select(user => (Guid?)user.Id)
            .SingleOrDefaultAsync(ct);
        if (userId is null)
        {
            return TenantProblems.UserNotFound.ToHttp();
        }

        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        await db.LockMembersAsync(scope.TenantId, ct);
        if (await db.Memberships.AnyAsync(other => other.TenantId == scope.TenantId && other.UserId == userId, ct))
        {
            return TenantProblems.AlreadyMember.ToHttp();
        }

        var tenant = await db.Tenants.AsNoTracking().SingleAsync(candidate => candidate.Id == scope.TenantId, ct);
        var limits = EffectiveQuotas.From(tenant.Quotas, quotas.Value);
        var members = await db.Memberships.CountAsync(other => other.TenantId == scope.TenantId, ct);
        if (members >= limits.MaxMembers)
        {
            return limits.MembersExceeded(members).ToHttp();
        }

        var member = new Membership
        {
            UserId = userId.Value,
            TenantId = scope.TenantId,
            Role = request.Role!.Value,
            JoinedAt = clock.GetUtcNow(),
        };
        db.Memberships.Add(member);
        await db
            .RemovedMembers.Where(removed =>
                removed.TenantId == scope.TenantId
                && (removed.UserId == userId || db.Set<User>().Any(user => user.Id == userId && user.Email == removed.Email))
            )
            .ExecuteDeleteAsync(ct);
        db.Outbox.Add(new MemberAdded(member.UserId, member.Role.ToJsonName()), subject: member.UserId, tenantId: scope.TenantId);
        db.Audit.Record(scope.TenantId, scope.Actor, AuditAction.MemberAdded, member.UserId, AuditDetails.Create("role", member.Role));
        var response = idempotency.StoreResponse(
            db,
            ApiResponse.Created($"/api/tenants/{scope.TenantId}/users/{member.UserId}", MembershipView.From(member), "Member added")
        );
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
        return response;
    }
}
