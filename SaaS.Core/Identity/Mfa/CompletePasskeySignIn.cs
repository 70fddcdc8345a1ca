using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Access;
using SaaS.Core.Auditing;
using SaaS.Core.Http;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Identity.Factors;
using SaaS.Core.Identity.Sessions;
using SaaS.Core.Persistence;

namespace SaaS.Core.Identity.Mfa;

/// <summary>Completes sign-ins with a passkey, alone or after the password.</summary>
internal sealed class CompletePasskeySignIn(
    ControlDbContext db,
    Passkeys passkeys,
    MfaTokens tokens,
    SignInAttempts attempts,
    SecurityEvents events
)
{
    /// <summary>Verifies a passkey as the second factor of a sign-in with a password.</summary>
    public async Task<Result<SignInProof>> ProveFactorAsync(string token, JsonElement credential, ClientDevice device, CancellationToken ct)
    {
        if (await tokens.FindAsync(token, ct) is not (var challengeId, var user) || !await tokens.CountAttemptAsync(challengeId, ct))
        {
            return MfaTokens.Invalid;
        }

        if (await passkeys.VerifyAssertionAsync(PasskeyPurpose.SecondFactor, user.Id, credential, ct) is null)
        {
            events.RecordFailedSignIn(user.Email.Value, "wrong_passkey");
            return Passkeys.Rejected;
        }

        if (!await tokens.UseAsync(challengeId, ct))
        {
            return MfaTokens.Invalid;
        }

        await attempts.ResetAsync(user.Email, device);
        return SignInProof.FromPasswordAndFactor(user, FactorMethod.Passkey);
    }

    /// <summary>Verifies a passkey that replaces user name and password.</summary>
    public async Task<Result<SignInProof>> SignInAsync(JsonElement credential, CancellationToken ct)
    {
        if (await passkeys.VerifyAssertionAsync(PasskeyPurpose.SignIn, userId: null, credential, ct) is not { } passkey)
        {
            return Passkeys.Rejected;
        }

        var user = await db.Users.AsNoTracking().SingleAsync(candidate => candidate.Id == passkey.UserId, ct);
        if (!user.IsActive)
        {
            events.RecordFailedSignIn(user.Email.Value, "account_inactive");
            return VerifyPassword.AccountInactive;
        }

        return await LogIn.RequiresSsoAsync(db, user, ct) ? TenantRoutes.SsoRequired : SignInProof.FromPasskey(user);
    }
}
