using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Access;
using SaaS.Core.Http;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy;
using SaaS.Core.Tenancy.Catalog;

namespace SaaS.Core.Identity.Sessions;

/// <summary>The credentials of a sign-in.</summary>
/// <param name="Email">The account's e-mail address.</param>
/// <param name="Password">The account's password.</param>
public sealed record LogInRequest([Required, Email] string Email, [Required, MaxLength(NewPasswordAttribute.MaxLength)] string Password);

internal static class LogIn
{
    internal static void Map(RouteGroupBuilder auth) =>
        auth.MapPost("/login", Handle)
            .AllowAnonymous()
            .RequireRateLimiting(RateLimitClass.SignIn)
            .ProducesProblem(
                HttpProblems.BadRequest,
                VerifyPassword.InvalidCredentials,
                VerifyPassword.AccountInactive,
                TenantRoutes.SsoRequired,
                SignInAttempts.TooManyAttempts
            );

    /// <summary>Signs in with e-mail address and password.</summary>
    /// <remarks>
    /// An unknown address and a wrong password get the same response after the same time. After several wrong passwords each
    /// further attempt must wait, longer every time; `Retry-After` says how long. A user whose tenants all require single
    /// sign-on must sign in through one of them. An account with a second factor gets 202 with an `mfa_token`, which
    /// `POST /api/auth/mfa/totp` or `POST /api/auth/mfa/recovery` exchanges for the session.
    /// </remarks>
    internal static async Task<Results<Ok<SignedIn>, Accepted<FlatApiResponse<MfaRequiredResponse>>, ProblemResult>> Handle(
        LogInRequest request,
        ClientDevice device,
        ControlDbContext db,
        VerifyPassword check,
        MfaTokens mfaTokens,
        OpenSession open,
        CancellationToken ct
    )
    {
        if (
            !(await check.RunAsync(EmailAddress.Parse(request.Email), request.Password, device, ct)).TryGetValue(
                out var verified,
                out var refusal
            )
        )
        {
            return refusal.ToHttp();
        }

        if (await RequiresSsoAsync(db, verified.User, ct)) // revealed only to a client that knows the password
        {
            return TenantRoutes.SsoRequired.ToHttp();
        }

        return SignInProof.FromPassword(verified) is { } proof
            ? TypedResults.Ok(await open.RunAsync(proof, device, "Login successful", ct))
            : ApiResponse.AcceptedFlat(await mfaTokens.IssueAsync(verified, ct), "Prove your second factor");
    }

    // Operators need no tenant, and users without a tenant can create one.
    internal static async Task<bool> RequiresSsoAsync(ControlDbContext db, User user, CancellationToken ct)
    {
        if (user.IsPlatformAdmin)
        {
            return false;
        }

        var methods = await db
            .Memberships.Where(membership => membership.UserId == user.Id)
            .Join(
                db.Tenants.Where(Tenant.IsActive),
                membership => membership.TenantId,
                tenant => tenant.Id,
                (_, tenant) => tenant.AuthMethod
            )
            .Distinct()
            .ToListAsync(ct);
        return methods is [AuthMethod.Sso];
    }
}
