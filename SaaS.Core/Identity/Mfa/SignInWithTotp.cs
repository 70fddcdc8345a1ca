using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using SaaS.Core.Access;
using SaaS.Core.Http;
using SaaS.Core.Identity.Factors;
using SaaS.Core.Identity.Sessions;

namespace SaaS.Core.Identity.Mfa;

/// <summary>The second step of a sign-in.</summary>
/// <param name="MfaToken">The `mfa_token` of the first step.</param>
/// <param name="Code">The six digits shown by the authenticator app.</param>
public sealed record SignInWithTotpRequest(
    [Required, MaxLength(MfaTokens.MaxLength)] string MfaToken,
    [Required, OneTimePassword] string Code
);

internal static class SignInWithTotp
{
    internal static void Map(RouteGroupBuilder mfa) =>
        mfa.MapPost("/totp", Handle)
            .AllowAnonymous()
            .RequireRateLimiting(RateLimitClass.SignIn)
            .ProducesProblem(HttpProblems.BadRequest, MfaTokens.Invalid, VerifySecondFactor.WrongCode, SignInAttempts.TooManyAttempts);

    /// <summary>Completes a sign-in with a one-time password of the authenticator app.</summary>
    /// <remarks>
    /// The response is that of `POST /api/auth/login`. A one-time password is accepted once. The `mfa_token` allows five attempts and ends
    /// when the account's credentials change; wrong codes delay further attempts like wrong passwords.
    /// </remarks>
    internal static async Task<Results<Ok<SignedIn>, ProblemResult>> Handle(
        SignInWithTotpRequest request,
        ClientDevice device,
        CompleteSignIn complete,
        OpenSession open,
        CancellationToken ct
    ) =>
        !(await complete.RunAsync(request.MfaToken, request.Code, device, ct)).TryGetValue(out var proof, out var refusal)
            ? refusal.ToHttp()
            : TypedResults.Ok(await open.RunAsync(proof, device, "Login successful", ct));
}
