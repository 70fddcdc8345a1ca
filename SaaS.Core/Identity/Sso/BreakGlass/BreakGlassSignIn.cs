using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Access;
using SaaS.Core.Auditing;
using SaaS.Core.Http;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Identity.Factors;
using SaaS.Core.Identity.Sessions;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy.Catalog;
using SaaS.Core.Tenancy.Members;

namespace SaaS.Core.Identity.Sso.BreakGlass;

/// <summary>The credentials of a break-glass admin.</summary>
/// <param name="Email">The account's e-mail address.</param>
/// <param name="Password">The account's password.</param>
/// <param name="Code">The six digits shown by the authenticator app.</param>
public sealed record BreakGlassSignInRequest(
    [Required, Email] string Email,
    [Required, MaxLength(NewPasswordAttribute.MaxLength)] string Password,
    [Required, OneTimePassword] string Code
);

internal static class BreakGlassSignIn
{
    internal static void Map(RouteGroupBuilder sso) =>
        sso.MapPost("/break-glass/{tenantId:guid}", Handle)
            .AllowAnonymous()
            .RequireRateLimiting(RateLimitClass.SignIn)
            .ProducesProblem(
                HttpProblems.BadRequest,
                VerifyPassword.InvalidCredentials,
                VerifyPassword.AccountInactive,
                SsoProblems.OneTimePasswordWrong,
                SignInAttempts.TooManyAttempts
            );

    /// <summary>Signs a break-glass admin in with password and one-time password when the tenant's identity provider fails.</summary>
    /// <remarks>The session is bound to this tenant.</remarks>
    internal static async Task<Results<Ok<SignedIn>, ProblemResult>> Handle(
        Guid tenantId,
        BreakGlassSignInRequest request,
        ClientDevice device,
        ControlDbContext db,
        [AsParameters] Services services,
        CancellationToken ct
    )
    {
        var (check, breakGlass, open, events) = services;
        if (
            !(await check.RunAsync(EmailAddress.Parse(request.Email), request.Password, device, ct)).TryGetValue(
                out var verified,
                out var refusal
            )
        )
        {
            return refusal.ToHttp();
        }

        var user = verified.User;
        var breakGlassAdmin = await db
            .BreakGlassAdmins.Where(admin => admin.TenantId == tenantId && admin.UserId == user.Id && admin.ConfirmedAt != null)
            .Where(admin =>
                db.Set<Membership>()
                    .Any(membership =>
                        membership.TenantId == tenantId && membership.UserId == user.Id && membership.Role == TenantRole.Admin
                    )
            )
            .Where(admin => db.Set<Tenant>().Where(Tenant.IsActive).Any(tenant => tenant.Id == tenantId))
            .AsNoTracking()
            .SingleOrDefaultAsync(ct);
        if (breakGlassAdmin is null)
        {
            events.RecordFailedSignIn(user.Email.Value, "no_break_glass_admin", tenantId);
            return VerifyPassword.InvalidCredentials.ToHttp(); // the response must not reveal who is a break-glass admin
        }

        if (await breakGlass.VerifyAsync(breakGlassAdmin, request.Code, ct) is { } wrong)
        {
            events.RecordFailedSignIn(user.Email.Value, "wrong_one_time_password", tenantId);
            return wrong.ToHttp();
        }

        db.Audit.Record(tenantId, Actor.User(user.Id), AuditAction.BreakGlassSignedIn, user.Id, AuditDetails.Create("device", device.Name));
        return TypedResults.Ok(
            await open.RunAsync(SignInProof.FromBreakGlass(user), device, tenantId, "Login successful", parent: null, ct)
        );
    }

    internal sealed record Services(
        VerifyPassword VerifyPassword,
        OneTimePasswordVerifier OneTimePasswordVerifier,
        OpenSession OpenSession,
        SecurityEvents Events
    );
}
