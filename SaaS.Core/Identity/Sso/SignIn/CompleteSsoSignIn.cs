using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Options;
using SaaS.Core.Auditing;
using SaaS.Core.Http;
using SaaS.Core.Identity.Sessions;
using SaaS.Core.Identity.Sso.Configuration;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy;
using SaaS.Infrastructure.Encryption;

namespace SaaS.Core.Identity.Sso.SignIn;

/// <summary>Receives the browser that comes back from the identity provider.</summary>
internal sealed class CompleteSsoSignIn(ControlDbContext db, SsoConfigurations configurations, AuthenticateWithProvider vouch, ProvisionSsoUser provision, SecurityEvents events, TimeProvider clock)
{
    internal static void Map(RouteGroupBuilder sso) =>
        sso.MapGet("/azure/callback", Handle).AllowAnonymous().WithMetadata(new AllowsUnknownQueryParameters()).Produces<SsoSignedIn>().Produces(StatusCodes.Status302Found)
            .ProducesProblem(
                SsoProblems.StateInvalid, SsoProblems.Cancelled, SsoProblems.ProviderRefused, SsoProblems.CodeMissing, SsoProblems.TokenInvalid, SsoProblems.EmailMissing, SsoProblems.DomainRefused,
                SsoProblems.GroupRefused, SsoProblems.ProvisioningDisabled, SsoProblems.MemberRemoved, SsoProblems.AccountInactive, SsoProblems.LinkRequired, SsoProblems.NotAvailable, SsoProblems.IdentityConflict, EffectiveQuotas.Exceeded, SsoProblems.ProviderAway);

    /// <summary>Where the identity provider sends the browser back to.</summary>
    /// <remarks>
    /// A sign-in that was begun with `return_url` goes on there with a one-time `code`, which needs the `verifier` of its `challenge`; one without is answered with the tokens.
    /// `SSO_LINK_REQUIRED` carries a `link_code` for `POST /api/auth/sso/link`. A browser is shown a page instead of a problem.
    /// </remarks>
    /// <param name="code">What the provider's tokens are bought with.</param>
    /// <param name="state">Which sign-in it is.</param>
    /// <param name="error">Why the provider refused.</param>
    /// <param name="errorDescription">The same in Microsoft's words.</param>
    internal static async Task<IResult> Handle(
        [FromQuery] string? code, [FromQuery] string? state, [FromQuery] string? error, [FromQuery(Name = "error_description")] string? errorDescription,
        HttpContext http, ClientDevice device, CompleteSsoSignIn complete, ControlDbContext db, SsoFlows flows, Cipher cipher, OpenSession open, SsoErrorResponse trouble, IOptions<SsoOptions> options, CancellationToken ct)
    {
        if (state is null || SsoBrowser.Find(http, options.Value) is not { } browser || await flows.ReceiveAsync(state, browser, ct) is not { } flow)
        {
            return await trouble.TellAsync(http, SsoProblems.StateInvalid, returnUrl: null);
        }

        var outcome = error is null ? await complete.AdmitAsync(flow, code, ct) : SsoHints.ProblemOf(error, SsoHints.CodeIn(errorDescription));
        if (!outcome.TryGetValue(out var admitted, out var refusal))
        {
            await complete.NoteAsync(flow, refusal, ct);
            return await trouble.TellAsync(http, refusal, flow.ReturnUrl);
        }

        var user = admitted.Admission.User;
        if (admitted.Admission.NeedsProof)
        {
            await complete.NoteAsync(flow, SsoProblems.LinkRequired, ct);
            var person = await cipher.EncryptAsync(JsonSerializer.Serialize(admitted.Person), flow.TenantId, SsoIdentity.TokenPurpose, ct);
            return await trouble.TellAsync(http, SsoProblems.LinkRequired, flow.ReturnUrl, await flows.IssueLinkCodeAsync(flow, user, person, ct));
        }

        return flow.ReturnUrl is null
            ? TypedResults.Ok(await SsoSignedIn.OpenAsync(open, user, device, flow.TenantId, parent: null, ct))
            : TypedResults.Redirect(ReturnAddresses.With(flow.ReturnUrl, "code", await flows.IssueCodeAsync(flow, user, ct)));
    }

    private async Task<Result<Admitted>> AdmitAsync(SsoFlow flow, string? code, CancellationToken ct)
    {
        if (string.IsNullOrEmpty(code))
        {
            return SsoProblems.CodeMissing;
        }

        if (await configurations.FindOpenAsync(flow.TenantId, ct) is not { } configuration)
        {
            return SsoProblems.NotAvailable;
        }

        if (!(await vouch.RunAsync(configuration, flow, code, ct)).TryGetValue(out var person, out var untrusted))
        {
            return untrusted;
        }

        return !(await provision.RunAsync(flow.TenantId, person, provedUserId: null, ct)).TryGetValue(out var admission, out var refusal) ? refusal : new Admitted(admission, person);
    }

    private async Task NoteAsync(SsoFlow flow, Problem refusal, CancellationToken ct)
    {
        db.ChangeTracker.Clear(); // what was not to be is not written with it
        db.SsoActivities.Add(SsoActivity.Of(flow.TenantId, SsoActivityKind.Refused, userId: null, clock.GetUtcNow(), refusal.Code));
        await db.SaveChangesAsync(ct);
        if (refusal.Kind is not ProblemKind.Unavailable && refusal != SsoProblems.LinkRequired && refusal != SsoProblems.Cancelled) // those come back, or left by themselves
        {
            events.SsoSignInRefused(flow.TenantId, refusal.Code);
        }
    }

    private sealed record Admitted(SsoAdmission Admission, ExternalIdentity Person);
}
