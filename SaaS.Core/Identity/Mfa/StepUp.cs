using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using SaaS.Core.Access;
using SaaS.Core.Auditing;
using SaaS.Core.Http;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Identity.Credentials;
using SaaS.Core.Identity.Factors;
using SaaS.Core.Identity.Sessions;
using SaaS.Core.Persistence;

namespace SaaS.Core.Identity.Mfa;

/// <summary>The proof of the user's identity.</summary>
/// <param name="Password">The account's password, for an account without a second factor.</param>
/// <param name="Code">A one-time password or a recovery code, for an account with a second factor.</param>
/// <param name="Credential">The browser's response for a passkey in JSON, instead of the code.</param>
public sealed record StepUpRequest(
    [MaxLength(NewPasswordAttribute.MaxLength)] string? Password = null,
    [SecondFactorCode] string? Code = null,
    JsonElement? Credential = null
);

/// <summary>A recent proof of the user's identity.</summary>
/// <param name="AuthenticatedAt">The time of the proof (UTC).</param>
/// <param name="ValidUntil">The time until which dangerous routes accept it (UTC).</param>
public sealed record SteppedUp(DateTimeOffset AuthenticatedAt, DateTimeOffset ValidUntil);

internal static class StepUp
{
    private static readonly Problem PasswordNeeded = Problem.ForField("password", "Is needed: the account has no second factor.");
    private static readonly Problem CodeNeeded = Problem.ForField("code", "Is needed, or credential: the account has a second factor.");

    internal static void Map(RouteGroupBuilder auth) =>
        auth.MapPost("/step-up", Handle)
            .RequireRateLimiting(RateLimitClass.SignIn)
            .AllowTenantBoundSession()
            .ProducesProblem(
                HttpProblems.BadRequest,
                VerifyCurrentPassword.WrongPassword,
                VerifySecondFactor.WrongCode,
                Passkeys.Rejected,
                SignInAttempts.TooManyAttempts
            );

    /// <summary>Proves the identity of the current user again, for routes that answer `STEP_UP_REQUIRED`.</summary>
    /// <remarks>
    /// Takes the password, or a code of the second factor where the account has one. The session counts as authenticated at this time; a
    /// new sign-in does too.
    /// </remarks>
    internal static async Task<Results<Ok<ApiResponse<SteppedUp>>, ProblemResult>> Handle(
        StepUpRequest request,
        CurrentUser currentUser,
        ClientDevice device,
        ControlDbContext db,
        SessionStore sessionStore,
        [AsParameters] Services services,
        CancellationToken ct
    )
    {
        var user = await db.Users.AsNoTracking().SingleAsync(candidate => candidate.Id == currentUser.UserId, ct);
        var hasFactor = await services.SecondFactors.ListMethodsAsync(user.Id, ct) is not [];
        if (await VerifyAsync(user, hasFactor, request, device, services, ct) is { } refusal)
        {
            return refusal.ToHttp();
        }

        string[] methods =
            !hasFactor ? [AuthenticationMethods.Password]
            : request.Code is null ? [AuthenticationMethods.ProofOfPossession, AuthenticationMethods.MultiFactor]
            : [AuthenticationMethods.OneTimePassword, AuthenticationMethods.MultiFactor];
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var authenticatedAt = await sessionStore.RecordProofAsync(currentUser.SessionId, methods, ct);
        db.Audit.Record(
            currentUser.RestrictedToTenantId,
            currentUser.Actor,
            AuditAction.SteppedUp,
            currentUser.SessionId,
            AuditDetails.Create("amr", methods)
        );
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
        sessionStore.EvictFromCache(currentUser.SessionId);
        return ApiResponse.Ok(
            new SteppedUp(authenticatedAt, authenticatedAt + services.Options.Value.RecentProofLifetime),
            "Identity proved"
        );
    }

    private static async Task<Problem?> VerifyAsync(
        User user,
        bool hasFactor,
        StepUpRequest request,
        ClientDevice device,
        Services services,
        CancellationToken ct
    ) =>
        (hasFactor, request) switch
        {
            (true, { Code: { } code }) => await services.SecondFactor.RunAsync(
                user,
                code,
                device,
                () => Task.FromResult(true),
                countAttempt: null,
                ct
            ),
            (true, { Credential: { } credential }) => await services.Passkeys.VerifyAssertionAsync(
                PasskeyPurpose.StepUp,
                user.Id,
                credential,
                ct
            )
                is null
                ? Passkeys.Rejected
                : null,
            (true, _) => CodeNeeded,
            (false, { Password: { } password }) => await services.Password.VerifyAsync(user, password, device, ct),
            (false, _) => PasswordNeeded,
        };

    internal sealed record Services(
        SecondFactors SecondFactors,
        VerifySecondFactor SecondFactor,
        VerifyCurrentPassword Password,
        Passkeys Passkeys,
        IOptions<MfaOptions> Options
    );
}
