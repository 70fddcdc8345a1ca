using SaaS.Core.Auditing;
using SaaS.Core.Http;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Identity.Factors;
using SaaS.Core.Identity.Sessions;

namespace SaaS.Core.Identity.Mfa;

/// <summary>Verifies a code of a second factor. Wrong codes are delayed together with wrong passwords of the account.</summary>
internal sealed class VerifySecondFactor(SecondFactors factors, SignInAttempts attempts, SecurityEvents events)
{
    public static readonly Problem WrongCode = new(
        ProblemKind.Forbidden,
        "SECOND_FACTOR_WRONG",
        "The code of the second factor is wrong, or was used already"
    );

    /// <param name="code">A one-time password or a recovery code.</param>
    /// <param name="isKnownHere">Returns true when the account signed in from this place recently.</param>
    /// <param name="countAttempt">Counts the attempt before the code is verified, and returns a problem when it is one too many.</param>
    /// <returns>Null when the code was accepted; it is used up then.</returns>
    public async Task<Problem?> RunAsync(
        User user,
        string code,
        ClientDevice device,
        Func<Task<bool>> isKnownHere,
        Func<Task<Problem?>>? countAttempt,
        CancellationToken ct
    )
    {
        if (!(await attempts.BeginAsync(user.Email, device, isKnownHere, ct)).TryGetValue(out var begun, out var refusal))
        {
            events.RecordRateLimitedSignIn(user.Email.Value);
            return refusal;
        }

        await using var attempt = begun; // cancelled on every exit on which no code was compared
        if (countAttempt is not null && await countAttempt() is { } exhausted)
        {
            return exhausted;
        }

        var isRight =
            SecondFactorCodeAttribute.GetMethod(code) is FactorMethod.Totp
                ? await factors.UseOneTimePasswordAsync(user.Id, code, ct)
                : await factors.UseRecoveryCodeAsync(user.Id, code, ct);
        if (!isRight)
        {
            await attempt.RecordFailureAsync();
            events.RecordFailedSignIn(user.Email.Value, "wrong_second_factor");
            return WrongCode;
        }

        await attempt.RecordSuccessAsync();
        return null;
    }
}
