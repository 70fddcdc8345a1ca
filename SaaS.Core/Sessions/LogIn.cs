using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using SaaS.Core.Access;
using SaaS.Core.Accounts;
using SaaS.Platform.Http;

namespace SaaS.Core.Sessions;

/// <summary>Who signs in.</summary>
/// <param name="Email">The account's e-mail address.</param>
/// <param name="Password">The account's password.</param>
public sealed record LogInRequest([Required, Email] string Email, [Required, MaxLength(NewPasswordAttribute.MaxLength)] string Password);

internal static class LogIn
{
    internal static void Map(RouteGroupBuilder auth) =>
        auth.MapPost("/login", Handle).AllowAnonymous().LimitedAs(RateClass.SignIn).Refuses(HttpProblems.BadRequest, CheckPassword.InvalidCredentials, CheckPassword.AccountInactive, SignInAttempts.Refusal);

    /// <summary>Signs in with e-mail address and password.</summary>
    /// <remarks>
    /// An unknown address and a wrong password get the same answer after the same time. After some wrong passwords each
    /// further attempt has to wait, longer every time; `Retry-After` says how long.
    /// </remarks>
    internal static async Task<Results<Ok<SignedIn>, ProblemResult>> Handle(LogInRequest request, ClientDevice device, CheckPassword check, OpenSession open, CancellationToken ct) =>
        (await check.RunAsync(request.Email, request.Password, device, ct)).Failed(out var refusal, out var user)
            ? refusal.ToHttp()
            : TypedResults.Ok(await open.RunAsync(user, device, "Login successful", ct));
}
