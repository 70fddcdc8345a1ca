using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Access;
using SaaS.Core.Auditing;
using SaaS.Core.Http;
using SaaS.Core.Identity.Factors;
using SaaS.Core.Identity.Sessions;
using SaaS.Core.Persistence;

namespace SaaS.Core.Identity.Sso.BreakGlass;

/// <summary>A one-time password of the authenticator app.</summary>
/// <param name="Code">Six digits.</param>
public sealed record ConfirmBreakGlassRequest([Required, OneTimePassword] string Code);

internal static class ConfirmBreakGlassAdmin
{
    internal static void Map(RouteGroupBuilder tenant) =>
        tenant
            .MapPost("/break-glass/confirm", Handle)
            .RequireTenantRole(TenantRole.Admin)
            .RequireRecentProof()
            .ProducesProblem(SsoProblems.BreakGlassNotRegistered, SsoProblems.OneTimePasswordWrong, SignInAttempts.TooManyAttempts);

    /// <summary>Confirms that the current user's authenticator app has the secret.</summary>
    internal static async Task<Results<Ok<SuccessResponse>, ProblemResult>> Handle(
        ConfirmBreakGlassRequest request,
        TenantScope scope,
        CurrentUser currentUser,
        ControlDbContext db,
        OneTimePasswordVerifier breakGlass,
        CancellationToken ct
    )
    {
        if (
            await db.BreakGlassAdmins.SingleOrDefaultAsync(
                admin => admin.TenantId == scope.TenantId && admin.UserId == currentUser.UserId,
                ct
            )
            is not { } breakGlassAdmin
        )
        {
            return SsoProblems.BreakGlassNotRegistered.ToHttp();
        }

        if (await breakGlass.VerifyAsync(breakGlassAdmin, request.Code, ct) is { } refusal)
        {
            return refusal.ToHttp();
        }

        db.Audit.Record(scope.TenantId, scope.Actor, AuditAction.BreakGlassConfirmed, currentUser.UserId, AuditDetails.Empty);
        await db.SaveChangesAsync(ct);
        return SuccessResponse.Ok("You can sign in with your password and a one-time password when the identity provider fails");
    }
}
