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
using SaaS.Core.Identity.Sessions;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy;

namespace SaaS.Core.Identity.Sso.BreakGlass;

/// <summary>Both proofs of a break-glass admin.</summary>
/// <param name="Email">The account's e-mail address.</param>
/// <param name="Password">The account's password.</param>
/// <param name="Code">The six digits that the authenticator app shows.</param>
public sealed record BreakGlassSignInRequest(
    [Required, Email] string Email,
    [Required, MaxLength(NewPasswordAttribute.MaxLength)] string Password,
    [Required, OneTimePassword] string Code);

internal static class BreakGlassSignIn
{
    internal static void Map(RouteGroupBuilder sso) =>
        sso.MapPost("/break-glass/{tenantId:guid}", Handle).AllowAnonymous().RequireRateLimiting(RateClass.SignIn)
            .ProducesProblem(HttpProblems.BadRequest, VerifyPassword.InvalidCredentials, VerifyPassword.AccountInactive, SsoProblems.OneTimePasswordWrong, SignInAttempts.Refusal);

    /// <summary>Signs a break-glass admin in to a tenant whose identity provider fails: with password and one-time password.</summary>
    /// <remarks>The session opens this tenant alone.</remarks>
    internal static async Task<Results<Ok<SignedIn>, ProblemResult>> Handle(
        Guid tenantId, BreakGlassSignInRequest request, ClientDevice device, ControlDbContext db, VerifyPassword check, OneTimePasswordVerifier breakGlass, OpenSession open, SecurityEvents events, CancellationToken ct)
    {
        if (!(await check.RunAsync(EmailAddress.Parse(request.Email), request.Password, device, ct)).TryGetValue(out var user, out var refusal))
        {
            return refusal.ToHttp();
        }

        var named = await db.BreakGlassAdmins
            .Where(admin => admin.TenantId == tenantId && admin.UserId == user.Id && admin.ConfirmedAt != null)
            .Where(admin => db.Memberships.Any(membership => membership.TenantId == tenantId && membership.UserId == user.Id && membership.Role == TenantRole.Admin))
            .Where(admin => db.Tenants.Where(Tenant.IsOpen).Any(tenant => tenant.Id == tenantId))
            .AsNoTracking()
            .SingleOrDefaultAsync(ct);
        if (named is null)
        {
            events.SignInFailed(user.Email.Value, "no_break_glass_admin", tenantId);
            return VerifyPassword.InvalidCredentials.ToHttp(); // who is named where is nobody else's business
        }

        if (await breakGlass.FindRefusalAsync(named, request.Code, ct) is { } wrong)
        {
            events.SignInFailed(user.Email.Value, "wrong_one_time_password", tenantId);
            return wrong.ToHttp();
        }

        db.Audit.Record(tenantId, Actor.User(user.Id), AuditAction.BreakGlassSignedIn, user.Id, AuditDetails.Of("device", device.Name));
        return TypedResults.Ok(await open.RunAsync(user, device, SignInMethod.BreakGlass, tenantId, "Login successful", ct));
    }
}
