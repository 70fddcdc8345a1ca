using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Http;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Identity.Sessions;
using SaaS.Core.Identity.Sso.Configuration;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy.Members;

namespace SaaS.Core.Identity.Sso.SignIn;

/// <summary>The code that the browser brought back to the product's page.</summary>
/// <param name="Code">The parameter `code` of the page's URL.</param>
/// <param name="Verifier">The secret from which the `challenge` of the sign-in was derived: 43 to 128 characters, kept by the page.</param>
public sealed record ExchangeSsoCodeRequest(
    [Required, MaxLength(200)] string Code,
    [Required, MaxLength(CodeChallenge.VerifierMaxLength)] string Verifier
);

internal static class ExchangeSsoCode
{
    internal static void Map(RouteGroupBuilder sso) =>
        sso.MapPost("/exchange", Handle)
            .AllowAnonymous()
            .ProducesProblem(HttpProblems.BadRequest, SsoProblems.CodeInvalid, SsoProblems.NotAvailable);

    /// <summary>
    /// Exchanges the one-time code of a sign-in for the session's tokens. A code is valid for one minute by default and can be used once.
    /// </summary>
    /// <remarks>Only the client that started the sign-in can exchange the code: `verifier` proves it.</remarks>
    internal static async Task<Results<Ok<SsoSignedIn>, ProblemResult>> Handle(
        ExchangeSsoCodeRequest request,
        ClientDevice device,
        ControlDbContext db,
        SsoFlows flows,
        SsoConfigurations configurations,
        OpenSession open,
        CancellationToken ct
    )
    {
        if (
            await flows.FindAsync(SsoCodePurpose.Session, request.Code, request.Verifier, ct) is not { EncryptedIdentity: null } flow
            || !await flows.UseCodeAsync(flow, ct)
        )
        {
            return SsoProblems.CodeInvalid.ToHttp();
        }

        var user = await db
            .Users.Where(candidate => candidate.Id == flow.UserId && candidate.IsActive && candidate.SecurityStamp == flow.SecurityStamp)
            .Where(candidate =>
                db.Set<Membership>().Any(membership => membership.UserId == candidate.Id && membership.TenantId == flow.TenantId)
            )
            .SingleOrDefaultAsync(ct);
        return user is null || await configurations.FindAvailableAsync(flow.TenantId, ct) is null
            ? SsoProblems.NotAvailable.ToHttp()
            : TypedResults.Ok(
                await SsoSignedIn.OpenAsync(open, SignInProof.FromProvider(user, flow.Amr), device, flow.TenantId, parent: null, ct)
            );
    }
}
