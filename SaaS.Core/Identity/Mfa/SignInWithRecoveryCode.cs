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

/// <summary>The second step of a sign-in without the second factor.</summary>
/// <param name="MfaToken">The `mfa_token` of the first step.</param>
/// <param name="Code">An unused recovery code.</param>
public sealed record SignInWithRecoveryCodeRequest(
    [Required, MaxLength(MfaTokens.MaxLength)] string MfaToken,
    [Required, RecoveryCode] string Code
);

internal static class SignInWithRecoveryCode
{
    internal static void Map(RouteGroupBuilder mfa) =>
        mfa.MapPost("/recovery", Handle)
            .AllowAnonymous()
            .RequireRateLimiting(RateLimitClass.SignIn)
            .ProducesProblem(HttpProblems.BadRequest, MfaTokens.Invalid, VerifySecondFactor.WrongCode, SignInAttempts.TooManyAttempts);

    /// <summary>Completes a sign-in with a recovery code, which is used up.</summary>
    /// <remarks>The response is that of `POST /api/auth/login`. The owner of the account is notified by mail.</remarks>
    internal static async Task<Results<Ok<SignedIn>, ProblemResult>> Handle(
        SignInWithRecoveryCodeRequest request,
        ClientDevice device,
        CompleteSignIn complete,
        OpenSession open,
        CancellationToken ct
    ) =>
        !(await complete.RunAsync(request.MfaToken, request.Code, device, ct)).TryGetValue(out var proof, out var refusal)
            ? refusal.ToHttp()
            : TypedResults.Ok(await open.RunAsync(proof, device, "Login successful", ct));
}
