using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Access;
using SaaS.Core.Http;
using SaaS.Core.Idempotency;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy.Members;

namespace SaaS.Core.Tenancy.Invitations;

/// <summary>The account to add as a member, identified by its id or by its e-mail address.</summary>
/// <param name="UserId">The account's id; omit it to give the e-mail address.</param>
/// <param name="Email">The account's e-mail address, which its owner must have confirmed; omit it to give the id.</param>
/// <param name="Role">admin, user or viewer.</param>
public sealed record AddMemberRequest(Guid? UserId, [Email] string? Email, [Required] TenantRole? Role);

internal static class AddMember
{
    private static readonly Problem UserIdOrEmail = Problem.ForField("user_id", "Give either user_id or email.");

    internal static void Map(RouteGroupBuilder tenant) =>
        tenant
            .MapPost("/users", Handle)
            .Idempotent<AddMemberRequest>()
            .RequireTenantRole(TenantRole.Admin)
            .RequireScope(ApiScope.MembersWrite)
            .ProducesProblem(
                TenantProblems.AlreadyMember,
                TenantProblems.UserNotFound,
                EffectiveQuotas.Exceeded,
                Invitations.Exists,
                Invitations.TooMany
            );

    /// <summary>Adds a member to the tenant, or invites one.</summary>
    /// <remarks>
    /// An address that no account has confirmed is invited: the answer is 202 with the invitation, and the person becomes a member by
    /// accepting it. API keys cannot invite: for them such an address is 404.
    /// </remarks>
    internal static async Task<Results<Created<ApiResponse<MembershipView>>, Accepted<ApiResponse<InvitationView>>, ProblemResult>> Handle(
        AddMemberRequest request,
        TenantScope scope,
        ControlDbContext db,
        IdempotencyContext idempotency,
        AddMembership addMembership,
        Invitations invitations,
        CancellationToken ct
    )
    {
        if (request.UserId is null == request.Email is null)
        {
            return UserIdOrEmail.ToHttp();
        }

        var email = request.Email is { } emailText ? EmailAddress.Parse(emailText) : null;
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        await db.LockMembersAsync(scope.TenantId, ct);

        // Only a confirmed address counts, because anyone can register an address that is not theirs.
        var userId = await db
            .Users.Where(user => user.IsActive && (user.Id == request.UserId || (user.Email == email && user.EmailVerifiedAt != null)))
            .Select(user => (Guid?)user.Id)
            .SingleOrDefaultAsync(ct);
        if (userId is null && (email is null || scope.Actor.UserId is null)) // only people invite
        {
            return TenantProblems.UserNotFound.ToHttp();
        }

        if (userId is null)
        {
            var outcome = await invitations.AddAsync(scope, [email!], request.Role!.Value, message: null, ct);
            return outcome.TryGetValue(out var invited, out var refused)
                ? await CommitAsync(
                    idempotency.StoreResponse(
                        db,
                        ApiResponse.Accepted(
                            $"/api/tenants/{scope.TenantId}/invitations/{invited[0].Id}",
                            InvitationView.From(invited[0]),
                            "Invitation sent"
                        )
                    )
                )
                : refused.ToHttp();
        }

        await invitations.EndForMemberAsync(scope.TenantId, userId.Value, ct);
        var added = await addMembership.RunAsync(scope.TenantId, userId.Value, request.Role!.Value, scope.Actor, by: null, ct);
        return added.TryGetValue(out var member, out var problem)
            ? await CommitAsync(
                idempotency.StoreResponse(
                    db,
                    ApiResponse.Created($"/api/tenants/{scope.TenantId}/users/{userId}", MembershipView.From(member), "Member added")
                )
            )
            : problem.ToHttp();

        async Task<TResult> CommitAsync<TResult>(TResult response)
        {
            await db.SaveChangesAsync(ct);
            await transaction.CommitAsync(ct);
            return response;
        }
    }
}
