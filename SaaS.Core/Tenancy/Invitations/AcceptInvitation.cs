using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using SaaS.Core.Access;
using SaaS.Core.Http;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy.Members;

namespace SaaS.Core.Tenancy.Invitations;

internal static class AcceptInvitation
{
    public static readonly Problem OtherAddress = new(
        ProblemKind.Forbidden,
        "INVITATION_OF_OTHER_ADDRESS",
        "This invitation was sent to another address: sign in with the account of that address, or register one"
    );
    public static readonly Problem EmailNotVerified = new(
        ProblemKind.Forbidden,
        "EMAIL_NOT_VERIFIED",
        "Confirm the e-mail address of your account first, by the mail that you got when you registered"
    );

    internal static void Map(RouteGroupBuilder invitations) =>
        invitations
            .MapPost("/accept", Handle)
            .RequireRateLimiting(RateLimitClass.SignIn)
            .ProducesProblem(InvitationLinks.Invalid, OtherAddress, EmailNotVerified, EffectiveQuotas.Exceeded);

    /// <summary>Accepts an invitation: the account becomes a member of the tenant.</summary>
    /// <remarks>
    /// Requires that the account has confirmed the invited address. Accepting the same invitation again succeeds and changes nothing; an
    /// account that is a member already keeps its role.
    /// </remarks>
    internal static async Task<Results<Ok<ApiResponse<MembershipView>>, ProblemResult>> Handle(
        AnswerInvitationRequest request,
        CurrentUser currentUser,
        ControlDbContext db,
        InvitationAnswers answers,
        CredentialRevocation revocation,
        CancellationToken ct
    )
    {
        if (InvitationAnswers.CheckRequest(request) is { } incomplete)
        {
            return incomplete.ToHttp();
        }

        if (await answers.FindAsync(request, ct) is not { } invitation)
        {
            return InvitationLinks.Invalid.ToHttp();
        }

        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        await db.LockMembersAsync(invitation.TenantId, ct);

        // Locked, so that the address cannot change between this check and the commit.
        if (await revocation.LockAsync(currentUser.UserId, ct) is not { } user || user.Email != invitation.Email)
        {
            // Somebody without the token must not learn that the invitation exists.
            return (request.Token is null ? InvitationLinks.Invalid : OtherAddress).ToHttp();
        }

        if (user.EmailVerifiedAt is null)
        {
            return EmailNotVerified.ToHttp();
        }

        var outcome = await answers.AcceptAsync(invitation, user, ct);
        if (!outcome.TryGetValue(out var member, out var problem))
        {
            return problem.ToHttp();
        }

        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
        return ApiResponse.Ok(MembershipView.From(member), "Invitation accepted");
    }
}
