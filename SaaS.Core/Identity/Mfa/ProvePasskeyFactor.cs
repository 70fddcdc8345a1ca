using System.ComponentModel.DataAnnotations;
using System.Text.Json;
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
/// <param name="Credential">The browser's response in JSON: `PublicKeyCredential.toJSON()`.</param>
public sealed record ProvePasskeyFactorRequest([Required, MaxLength(MfaTokens.MaxLength)] string MfaToken, JsonElement Credential);

internal static class ProvePasskeyFactor
{
    internal static void Map(RouteGroupBuilder mfa) =>
        mfa.MapPost("/passkey", Handle)
            .AllowAnonymous()
            .RequireRateLimiting(RateLimitClass.SignIn)
            .ProducesProblem(HttpProblems.BadRequest, MfaTokens.Invalid, Passkeys.Rejected);

    /// <summary>Completes a sign-in with a passkey as second factor.</summary>
    /// <remarks>The response is that of `POST /api/auth/login`.</remarks>
    internal static async Task<Results<Ok<SignedIn>, ProblemResult>> Handle(
        ProvePasskeyFactorRequest request,
        ClientDevice device,
        CompletePasskeySignIn complete,
        OpenSession open,
        CancellationToken ct
    ) =>
        !(await complete.ProveFactorAsync(request.MfaToken, request.Credential, device, ct)).TryGetValue(out var proof, out var refusal)
            ? refusal.ToHttp()
            : TypedResults.Ok(await open.RunAsync(proof, device, "Login successful", ct));
}
