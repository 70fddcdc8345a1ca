using SaaS.Core.Http;
using SaaS.Core.Identity.Factors;
using SaaS.Core.Identity.Sessions;

namespace SaaS.Core.Identity.Mfa;

/// <summary>Completes a sign-in whose password was verified with a code of the second factor, for the API and for pages.</summary>
internal sealed class CompleteSignIn(MfaTokens tokens, VerifyPassword password, VerifySecondFactor verify)
{
    /// <param name="token">The <c>mfa_token</c> of the sign-in.</param>
    /// <param name="code">A one-time password or a recovery code.</param>
    public async Task<Result<SignInProof>> RunAsync(string token, string code, ClientDevice device, CancellationToken ct)
    {
        if (await tokens.FindAsync(token, ct) is not (var challengeId, var user))
        {
            return MfaTokens.Invalid;
        }

        var refusal = await verify.RunAsync(
            user,
            code,
            device,
            () => password.HasSignedInFromAsync(user.Email, device, ct),
            async () => await tokens.CountAttemptAsync(challengeId, ct) ? null : MfaTokens.Invalid,
            ct
        );
        return refusal is not null ? refusal
            : await tokens.UseAsync(challengeId, ct) ? SignInProof.FromPasswordAndFactor(user, SecondFactorCodeAttribute.GetMethod(code))
            : MfaTokens.Invalid;
    }
}
