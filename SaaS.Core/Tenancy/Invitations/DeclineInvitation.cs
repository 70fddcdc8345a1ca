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

namespace SaaS.Core.Tenancy.Invitations;

internal static class DeclineInvitation
{
    internal static void Map(RouteGroupBuilder routes) =>
        routes
            .MapPost("/decline", Handle)
            .AllowAnonymous()
            .RequireRateLimiting(RateLimitClass.SignIn)
            .ProducesProblem(InvitationLinks.Invalid, HttpProblems.Unauthenticated);

    /// <summary>Declines an invitation.</summary>
    /// <remarks>The token of the mail is enough; declining by id requires an account that has confirmed the invited address.</remarks>
    internal static async Task<Results<Ok<SuccessResponse>, ProblemResult>> Handle(
        AnswerInvitationRequest request,
        CurrentUser? currentUser,
        ControlDbContext db,
        Invitations invitations,
        InvitationAnswers answers,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        if (InvitationAnswers.CheckRequest(request) is { } incomplete)
        {
            return incomplete.ToHttp();
        }

        if (request.Token is null && currentUser is null)
        {
            return HttpProblems.Unauthenticated.ToHttp();
        }

        if (
            await answers.FindAsync(request, ct) is not { } invitation
            || (request.Token is null && !await IsOwnerAsync(db, currentUser!.UserId, invitation.Email, ct))
        )
        {
            return InvitationLinks.Invalid.ToHttp();
        }

        var now = clock.GetUtcNow();
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var updatedRows = await invitations
            .QueryValid()
            .Where(one => one.Id == invitation.Id)
            .ExecuteUpdateAsync(
                set => set.SetProperty(one => one.State, InvitationState.Declined).SetProperty(one => one.EndedAt, now),
                ct
            );
        if (updatedRows == 0)
        {
            return InvitationLinks.Invalid.ToHttp();
        }

        db.Outbox.Add(new InvitationDeclined(invitation.Id), subject: invitation.Id, tenantId: invitation.TenantId);
        db.Audit.Record(
            invitation.TenantId,
            currentUser?.Actor ?? Actor.Anonymous,
            AuditAction.InvitationDeclined,
            invitation.Id,
            AuditDetails.Empty
        );
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
        return SuccessResponse.Ok("Invitation declined");
    }

    private static Task<bool> IsOwnerAsync(ControlDbContext db, Guid userId, EmailAddress email, CancellationToken ct) =>
        db.Users.AnyAsync(user => user.Id == userId && user.Email == email && user.EmailVerifiedAt != null, ct);
}
