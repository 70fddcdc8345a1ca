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

/// <summary>A sign-in whose second factor is missing.</summary>
/// <param name="MfaToken">The `mfa_token` of the first step.</param>
public sealed record BeginPasskeyFactorRequest([Required, MaxLength(MfaTokens.MaxLength)] string MfaToken);

internal static class BeginPasskeyFactor
{
    internal static void Map(RouteGroupBuilder mfa) =>
        mfa.MapPost("/passkey/options", Handle)
            .AllowAnonymous()
            .RequireRateLimiting(RateLimitClass.SignIn)
            .ProducesProblem(HttpProblems.BadRequest, MfaTokens.Invalid);

    /// <summary>Begins the second step of a sign-in with a passkey.</summary>
    internal static async Task<Results<Ok<ApiResponse<PasskeyCeremony>>, ProblemResult>> Handle(
        BeginPasskeyFactorRequest request,
        MfaTokens tokens,
        Passkeys passkeys,
        CancellationToken ct
    ) =>
        await tokens.FindAsync(request.MfaToken, ct) is { User: var user }
            ? ApiResponse.Ok(
                new PasskeyCeremony(await passkeys.BeginAssertionAsync(PasskeyPurpose.SecondFactor, user.Id, ct)),
                "Sign with the passkey in the browser"
            )
            : MfaTokens.Invalid.ToHttp();
}
