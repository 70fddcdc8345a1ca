using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Http;
using SaaS.Core.Identity.Sessions;
using SaaS.Core.Identity.Sso.Configuration;
using SaaS.Core.Persistence;

namespace SaaS.Core.Identity.Sso.SignIn;

/// <summary>What the browser brought back to the product's page.</summary>
/// <param name="Code">The parameter `code` of its address.</param>
/// <param name="Verifier">What the `challenge` was made of that the sign-in was begun with: 43 to 128 characters that the page kept for itself.</param>
public sealed record ExchangeSsoCodeRequest([Required, MaxLength(200)] string Code, [Required, MaxLength(CodeChallenge.VerifierMaxLength)] string Verifier);

internal static class ExchangeSsoCode
{
    internal static void Map(RouteGroupBuilder sso) =>
        sso.MapPost("/exchange", Handle).AllowAnonymous().ProducesProblem(HttpProblems.BadRequest, SsoProblems.CodeInvalid, SsoProblems.NotAvailable);

    /// <summary>Exchanges the one-time code of a sign-in for the session's tokens; within a minute, and once.</summary>
    /// <remarks>By the client that began the sign-in: `verifier` shows it.</remarks>
    internal static async Task<Results<Ok<SsoSignedIn>, ProblemResult>> Handle(
        ExchangeSsoCodeRequest request, ClientDevice device, ControlDbContext db, SsoFlows flows, SsoConfigurations configurations, OpenSession open, CancellationToken ct)
    {
        if (await flows.FindAsync(SsoCode.Session, request.Code, request.Verifier, ct) is not { SealedPerson: null } flow || !await flows.TakeAsync(flow, ct))
        {
            return SsoProblems.CodeInvalid.ToHttp();
        }

        var user = await db.Users
            .Where(candidate => candidate.Id == flow.UserId && candidate.IsActive && candidate.SecurityStamp == flow.SecurityStamp)
            .Where(candidate => db.Memberships.Any(membership => membership.UserId == candidate.Id && membership.TenantId == flow.TenantId))
            .SingleOrDefaultAsync(ct);
        return user is null || await configurations.FindOpenAsync(flow.TenantId, ct) is null
            ? SsoProblems.NotAvailable.ToHttp()
            : TypedResults.Ok(await SsoSignedIn.OpenAsync(open, user, device, flow.TenantId, parent: null, ct));
    }
}
