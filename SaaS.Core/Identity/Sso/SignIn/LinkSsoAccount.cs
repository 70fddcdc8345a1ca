using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using SaaS.Core.Access;
using SaaS.Core.Http;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Identity.Factors;
using SaaS.Core.Identity.Mfa;
using SaaS.Core.Identity.Sessions;

namespace SaaS.Core.Identity.Sso.SignIn;

/// <summary>The proof that an existing account belongs to the user who has just signed in at the identity provider.</summary>
/// <param name="LinkCode">The `link_code` of the callback.</param>
/// <param name="Password">The password of the account.</param>
/// <param name="Verifier">The secret from which the `challenge` was derived, if the sign-in was started with one.</param>
/// <param name="Code">A one-time password or a recovery code, for an account with a second factor.</param>
public sealed record LinkSsoAccountRequest(
    [Required, MaxLength(200)] string LinkCode,
    [Required, MaxLength(NewPasswordAttribute.MaxLength)] string Password,
    [MaxLength(CodeChallenge.VerifierMaxLength)] string? Verifier = null,
    [SecondFactorCode] string? Code = null
);

internal static class LinkSsoAccount
{
    private static readonly Problem MfaRequired = new(
        ProblemKind.Forbidden,
        "MFA_REQUIRED",
        "This account has a second factor: send a one-time password or a recovery code as well"
    );

    internal static void Map(RouteGroupBuilder sso) =>
        sso.MapPost("/link", Handle)
            .AllowAnonymous()
            .RequireRateLimiting(RateLimitClass.SignIn)
            .ProducesProblem(
                HttpProblems.BadRequest,
                SsoProblems.CodeInvalid,
                VerifyPassword.InvalidCredentials,
                VerifyPassword.AccountInactive,
                SignInAttempts.TooManyAttempts,
                MfaRequired,
                VerifySecondFactor.WrongCode,
                SsoProblems.NotAvailable,
                SsoProblems.MemberRemoved,
                SsoProblems.IdentityConflict
            );

    /// <summary>Links an existing account to the user who has just signed in at the identity provider, and signs them in.</summary>
    /// <remarks>
    /// Needed once, where the tenant has not verified the domain of the address. A user without a password requests one first:
    /// `POST /api/auth/forgot-password`.
    /// </remarks>
    internal static async Task<Results<Ok<SsoSignedIn>, ProblemResult>> Handle(
        LinkSsoAccountRequest request,
        ClientDevice device,
        SsoFlows flows,
        OpenSession open,
        [AsParameters] Services services,
        CancellationToken ct
    )
    {
        var (check, _, provision) = services;
        if (await flows.FindAsync(SsoCodePurpose.Link, request.LinkCode, request.Verifier, ct) is not { EncryptedIdentity: not null } flow)
        {
            return SsoProblems.CodeInvalid.ToHttp();
        }

        var email = await flows.ReadEmailAsync(flow, ct);
        if (!(await check.RunAsync(email, request.Password, device, ct)).TryGetValue(out var verified, out var wrong))
        {
            return wrong.ToHttp();
        }

        var proved = verified.User;
        if (verified.RequiredMethods is not [] && await VerifyFactorAsync(proved, request.Code, device, services, ct) is { } unproved)
        {
            return unproved.ToHttp();
        }

        var person = await flows.DecryptIdentityAsync(flow, ct);
        if (proved.Id != flow.UserId || !await flows.UseCodeAsync(flow, ct))
        {
            return SsoProblems.CodeInvalid.ToHttp();
        }

        return !(await provision.RunAsync(flow.TenantId, person, proved.Id, ct)).TryGetValue(out var admission, out var refusal)
            ? refusal.ToHttp()
            : TypedResults.Ok(
                await SsoSignedIn.OpenAsync(
                    open,
                    SignInProof.FromProvider(admission.User, person.Amr),
                    device,
                    flow.TenantId,
                    parent: null,
                    ct
                )
            );
    }

    private static async Task<Problem?> VerifyFactorAsync(
        User user,
        string? code,
        ClientDevice device,
        Services services,
        CancellationToken ct
    ) =>
        code is null
            ? MfaRequired
            : await services.SecondFactor.RunAsync(
                user,
                code,
                device,
                () => services.VerifyPassword.HasSignedInFromAsync(user.Email, device, ct),
                countAttempt: null,
                ct
            );

    internal sealed record Services(VerifyPassword VerifyPassword, VerifySecondFactor SecondFactor, ProvisionSsoUser Provision);
}
