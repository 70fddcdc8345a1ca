using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Access;
using SaaS.Core.Databases;
using SaaS.Core.Sessions;
using SaaS.Platform.Http;

namespace SaaS.Core.Sso;

/// <summary>Where the caller wants to go.</summary>
/// <param name="TargetTenantId">The tenant.</param>
public sealed record SwitchTenantRequest([Required] Guid? TargetTenantId);

internal static class SwitchTenant
{
    internal static void Map(RouteGroupBuilder sso) =>
        sso.MapPost("/switch-tenant", Handle).ServesConfinedSessions().Refuses(HttpProblems.BadRequest, TenantRoutes.SsoRequired, SsoProblems.NoIdentity, SsoProblems.NotAvailable);

    /// <summary>Opens another of the caller's tenants without another sign-in, where the same person of the same directory is known in both.</summary>
    /// <remarks>
    /// A directory speaks for its own people only: a tenant of another directory wants a sign-in of its own, at the address that
    /// `check-availability` shows. A session that was opened with the password needs no switch for tenants that admit passwords.
    /// </remarks>
    internal static async Task<Results<Ok<SsoSignedIn>, ProblemResult>> Handle(
        SwitchTenantRequest request, Caller caller, ClientDevice device, ControlDb db, SsoConfigurations configurations, OpenSession open, CancellationToken ct)
    {
        var target = request.TargetTenantId!.Value;
        if ((await SsoStanding.FindAsync(db, configurations, target, caller.UserId, onlyTenantId: null, ct)).Failed(out var refusal, out var there))
        {
            return refusal.ToHttp();
        }

        if (caller is not { Method: SignInMethod.Sso, OnlyTenantId: { } current }
            || (await SsoStanding.FindAsync(db, configurations, current, caller.UserId, current, ct)).Failed(out _, out var here)
            || (here.Identity.DirectoryId, here.Identity.ObjectId) != (there.Identity.DirectoryId, there.Identity.ObjectId))
        {
            return TenantRoutes.SsoRequired.ToHttp();
        }

        var user = await db.Users.SingleAsync(candidate => candidate.Id == caller.UserId, ct);
        return TypedResults.Ok(await SsoSignedIn.OpenAsync(open, user, device, target, ct));
    }
}
