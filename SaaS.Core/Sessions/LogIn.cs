using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Accounts;
using SaaS.Core.Databases;
using SaaS.Platform.Http;

namespace SaaS.Core.Sessions;

/// <summary>Who signs in.</summary>
/// <param name="Email">The account's e-mail address.</param>
/// <param name="Password">The account's password.</param>
public sealed record LogInRequest([Required, Email] string Email, [Required, MaxLength(NewPasswordAttribute.MaxLength)] string Password);

internal static class LogIn
{
    private static readonly Problem InvalidCredentials = new(ProblemKind.Unauthenticated, "INVALID_CREDENTIALS", "The e-mail address or the password is invalid");
    private static readonly Problem AccountInactive = new(ProblemKind.Forbidden, "ACCOUNT_INACTIVE", "This account is inactive");

    internal static void Map(RouteGroupBuilder auth) =>
        auth.MapPost("/login", Handle).AllowAnonymous().Refuses(HttpProblems.BadRequest, InvalidCredentials, AccountInactive, SignInAttempts.Refusal);

    /// <summary>Signs in with e-mail address and password.</summary>
    /// <remarks>
    /// An unknown address and a wrong password get the same answer after the same time. After some wrong passwords each
    /// further attempt has to wait, longer every time; `Retry-After` says how long.
    /// </remarks>
    internal static async Task<Results<Ok<SignedIn>, ProblemResult>> Handle(
        LogInRequest request, ClientDevice device, ControlDb db, Passwords passwords, SignInAttempts attempts, OpenSession open, CancellationToken ct)
    {
        var email = User.NormalizeEmail(request.Email);
        if (await attempts.BeginAsync(email, device, () => HasSignedInFromAsync(db, email, device, ct), ct) is { } refusal)
        {
            return refusal.ToHttp();
        }

        var user = await db.Users.SingleOrDefaultAsync(candidate => candidate.Email == email, ct);
        if (!await passwords.VerifyAsync(request.Password, user?.PasswordHash, ct) || user is null)
        {
            return InvalidCredentials.ToHttp();
        }

        await attempts.SucceedAsync(email, device, ct);
        if (!user.IsActive) // told only to someone who knows the password
        {
            return AccountInactive.ToHttp();
        }

        if (passwords.IsOutdated(user.PasswordHash!))
        {
            user.PasswordHash = await passwords.HashAsync(request.Password, ct);
        }

        return TypedResults.Ok(await open.RunAsync(user, device, "Login successful", ct));
    }

    // Somebody who floods an account from elsewhere must not keep its owner out.
    private static Task<bool> HasSignedInFromAsync(ControlDb db, string email, ClientDevice device, CancellationToken ct) =>
        db.Sessions.AnyAsync(session => session.Address == device.AddressText && db.Users.Any(user => user.Id == session.UserId && user.Email == email), ct);
}
