using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Access;
using SaaS.Core.Http;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy.Members;
using SaaS.Infrastructure.Postgres;

namespace SaaS.Core.Tenancy.Invitations;

/// <summary>The data of a new account for an invited address.</summary>
/// <param name="Token">The part of the invitation's link after #.</param>
/// <param name="FirstName">1 to 100 characters.</param>
/// <param name="LastName">1 to 100 characters.</param>
/// <param name="Password">8 to 256 characters, with a letter and a digit.</param>
public sealed record RegisterByInvitationRequest(
    [Required, MaxLength(InvitationLinks.TokenMaxLength)] string Token,
    [Required, Name(User.NameMaxLength)] string FirstName,
    [Required, Name(User.NameMaxLength)] string LastName,
    [Required, NewPassword] string Password
);

internal static class RegisterByInvitation
{
    internal static void Map(RouteGroupBuilder routes) =>
        routes
            .MapPost("/register", Handle)
            .AllowAnonymous()
            .RequireRateLimiting(RateLimitClass.Registration)
            .ProducesProblem(InvitationLinks.Invalid, RegisterUser.EmailExists, EffectiveQuotas.Exceeded);

    /// <summary>Registers an account for the invited address, and accepts the invitation with it.</summary>
    /// <remarks>The invitation proves the address, so that no other mail has to confirm it.</remarks>
    internal static async Task<Results<Created<RegisterUserResponse>, ProblemResult>> Handle(
        RegisterByInvitationRequest request,
        ControlDbContext db,
        InvitationAnswers answers,
        NewAccounts accounts,
        CancellationToken ct
    )
    {
        if (await answers.FindAsync(new AnswerInvitationRequest(request.Token, InvitationId: null), ct) is not { } invitation)
        {
            return InvitationLinks.Invalid.ToHttp();
        }

        var user = await accounts.CreateAsync(
            request.FirstName,
            request.LastName,
            invitation.Email,
            request.Password,
            isEmailVerified: true,
            ct
        );
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        await db.LockMembersAsync(invitation.TenantId, ct);
        try
        {
            await db.SaveChangesAsync(ct);
        }
        catch (DbUpdateException e) when (e.IsUniqueViolation(User.Mapping.EmailIndex))
        {
            return RegisterUser.EmailExists.ToHttp();
        }

        var outcome = await answers.AcceptAsync(invitation, user, ct);
        if (!outcome.TryGetValue(out _, out var problem))
        {
            return problem.ToHttp();
        }

        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
        return TypedResults.Created("/api/users/me", new RegisterUserResponse(true, "User registered successfully", UserView.From(user)));
    }
}
