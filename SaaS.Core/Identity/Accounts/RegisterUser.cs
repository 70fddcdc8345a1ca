using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Access;
using SaaS.Core.Http;
using SaaS.Core.Persistence;
using SaaS.Infrastructure.Postgres;

namespace SaaS.Core.Identity.Accounts;

/// <summary>The data of a new account.</summary>
/// <param name="FirstName">1 to 100 characters.</param>
/// <param name="LastName">1 to 100 characters.</param>
/// <param name="Email">At most 255 characters; upper and lower case are the same.</param>
/// <param name="Password">8 to 256 characters, with a letter and a digit.</param>
public sealed record RegisterUserRequest(
    [Required, Name(User.NameMaxLength)] string FirstName,
    [Required, Name(User.NameMaxLength)] string LastName,
    [Required, Email] string Email,
    [Required, NewPassword] string Password
);

/// <summary>The new account.</summary>
/// <param name="Success">Always true.</param>
/// <param name="Message">A human-readable message.</param>
/// <param name="User">The account.</param>
public sealed record RegisterUserResponse(bool Success, string Message, UserView User);

internal static class RegisterUser
{
    public static readonly Problem EmailExists = new(
        ProblemKind.Conflict,
        "EMAIL_EXISTS",
        "An account with this e-mail address already exists"
    );

    internal static void Map(RouteGroupBuilder auth) =>
        auth.MapPost("/register", Handle)
            .AllowAnonymous()
            .RequireRateLimiting(RateLimitClass.Registration)
            .ProducesProblem(HttpProblems.BadRequest, EmailExists);

    /// <summary>Registers an account.</summary>
    /// <remarks>The account can sign in at once. It has no tenant until it creates one or is added to one.</remarks>
    internal static async Task<Results<Created<RegisterUserResponse>, ProblemResult>> Handle(
        RegisterUserRequest request,
        ControlDbContext db,
        NewAccounts accounts,
        CancellationToken ct
    )
    {
        var user = await accounts.CreateAsync(
            request.FirstName,
            request.LastName,
            EmailAddress.Parse(request.Email),
            request.Password,
            isEmailVerified: false,
            ct
        );
        try
        {
            await db.SaveChangesAsync(ct);
        }
        catch (DbUpdateException e) when (e.IsUniqueViolation(User.Mapping.EmailIndex))
        {
            // The unique index decides instead of a prior query: of two concurrent registrations one fails here.
            return EmailExists.ToHttp();
        }

        return TypedResults.Created("/api/users/me", new RegisterUserResponse(true, "User registered successfully", UserView.From(user)));
    }
}
