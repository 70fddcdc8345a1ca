using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Access;
using SaaS.Core.Http;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Identity.Sessions;
using SaaS.Core.Persistence;
using SaaS.Infrastructure.Encryption;

namespace SaaS.Core.Identity.Sso.SignIn;

/// <summary>The proof that an account is the person's who has just signed in at the identity provider.</summary>
/// <param name="LinkCode">What the callback gave.</param>
/// <param name="Password">The password of the account.</param>
/// <param name="Verifier">What the `challenge` was made of, where the sign-in was begun with one.</param>
public sealed record LinkSsoAccountRequest(
    [Required, MaxLength(200)] string LinkCode, [Required, MaxLength(NewPasswordAttribute.MaxLength)] string Password, [MaxLength(CodeChallenge.VerifierMaxLength)] string? Verifier = null);

internal static class LinkSsoAccount
{
    internal static void Map(RouteGroupBuilder sso) =>
        sso.MapPost("/link", Handle).AllowAnonymous().RequireRateLimiting(RateClass.SignIn)
            .ProducesProblem(HttpProblems.BadRequest, SsoProblems.CodeInvalid, VerifyPassword.InvalidCredentials, VerifyPassword.AccountInactive, SignInAttempts.Refusal, SsoProblems.NotAvailable, SsoProblems.MemberRemoved, SsoProblems.IdentityConflict);

    /// <summary>Links an existing account to the person who has just signed in at the identity provider, and signs them in.</summary>
    /// <remarks>Needed once, where the tenant has not proved that the address's domain is its own. Whoever has no password has one mailed: `POST /api/auth/forgot-password`.</remarks>
    internal static async Task<Results<Ok<SsoSignedIn>, ProblemResult>> Handle(
        LinkSsoAccountRequest request, ClientDevice device, ControlDbContext db, SsoFlows flows, VerifyPassword check, Cipher cipher, ProvisionSsoUser provision, OpenSession open, CancellationToken ct)
    {
        if (await flows.FindAsync(SsoCode.Link, request.LinkCode, request.Verifier, ct) is not { SealedPerson: { } sealedPerson } flow)
        {
            return SsoProblems.CodeInvalid.ToHttp();
        }

        var email = await db.Users.Where(user => user.Id == flow.UserId).Select(user => user.Email).SingleAsync(ct);
        if (!(await check.RunAsync(email, request.Password, device, ct)).TryGetValue(out var proved, out var wrong))
        {
            return wrong.ToHttp();
        }

        var person = JsonSerializer.Deserialize<ExternalIdentity>(await cipher.DecryptAsync(sealedPerson, flow.TenantId, SsoIdentity.TokenPurpose, ct))!;
        if (proved.Id != flow.UserId || !await flows.TakeAsync(flow, ct))
        {
            return SsoProblems.CodeInvalid.ToHttp();
        }

        return !(await provision.RunAsync(flow.TenantId, person, proved.Id, ct)).TryGetValue(out var admission, out var refusal)
            ? refusal.ToHttp()
            : TypedResults.Ok(await SsoSignedIn.OpenAsync(open, admission.User, device, flow.TenantId, parent: null, ct));
    }
}
