using System.ComponentModel;
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

namespace SaaS.Core.Identity.Sso.SignIn;

/// <summary>The parameters with which the identity provider redirects the browser back.</summary>
public sealed class SsoCallback
{
    /// <summary>The authorization code.</summary>
    [FromQuery(Name = "code"), Description("The provider's authorization code.")]
    public string? Code { get; init; }

    /// <summary>The state.</summary>
    [FromQuery(Name = "state"), Description("Identifies the sign-in.")]
    public string? State { get; init; }

    /// <summary>The error code.</summary>
    [FromQuery(Name = "error"), Description("The provider's error code.")]
    public string? Error { get; init; }

    /// <summary>The description of the error.</summary>
    [FromQuery(Name = "error_description"), Description("Microsoft's description of the error.")]
    public string? ErrorDescription { get; init; }
}

/// <summary>Handles the callback of the identity provider.</summary>
internal sealed class CompleteSsoSignIn(
    ControlDbContext db,
    SsoConfigurations configurations,
    AuthenticateWithProvider authenticate,
    ProvisionSsoUser provision,
    SecurityEvents events,
    TimeProvider clock
)
{
    internal static void Map(RouteGroupBuilder sso) =>
        sso.MapGet("/azure/callback", Handle)
            .AllowAnonymous()
            .WithMetadata(new AllowsUnknownQueryParameters())
            .Produces<SsoSignedIn>()
            .Produces(StatusCodes.Status302Found)
            .ProducesProblem(
                SsoProblems.StateInvalid,
                SsoProblems.Cancelled,
                SsoProblems.ProviderRejected,
                SsoProblems.CodeMissing,
                SsoProblems.TokenInvalid,
                SsoProblems.EmailMissing,
                SsoProblems.DomainRejected,
                SsoProblems.GroupRejected,
                SsoProblems.ProvisioningDisabled,
                SsoProblems.MemberRemoved,
                SsoProblems.AccountInactive,
                SsoProblems.LinkRequired,
                SsoProblems.NotAvailable,
                SsoProblems.IdentityConflict,
                EffectiveQuotas.Exceeded,
                SsoProblems.ProviderUnavailable
            );

    /// <summary>Completes a sign-in when the identity provider redirects the browser back.</summary>
    /// <remarks>
    /// A sign-in that was started with `return_url` continues there with a one-time `code`, which is exchanged with the `verifier` of its
    /// `challenge`; without it the response contains the tokens. `SSO_LINK_REQUIRED` carries a `link_code` for `POST /api/auth/sso/link`. A
    /// browser gets an HTML page instead of a problem.
    /// </remarks>
    internal static async Task<IResult> Handle(
        [AsParameters] SsoCallback callback,
        HttpContext http,
        ClientDevice device,
        CompleteSsoSignIn complete,
        [AsParameters] Services services,
        CancellationToken ct
    )
    {
        var (flows, open, errorResponse, options) = services;
        if (
            callback.State is not { } state
            || SsoBrowser.FindCookieHash(http, options.Value) is not { } browser
            || await flows.ReceiveAsync(state, browser, ct) is not { } flow
        )
        {
            return await errorResponse.CreateAsync(http, SsoProblems.StateInvalid, returnUrl: null);
        }

        var outcome = callback.Error is not { } error
            ? await complete.AdmitAsync(flow, callback.Code, ct)
            : EntraErrorMessages.ProblemOf(error, EntraErrorMessages.ParseCode(callback.ErrorDescription));
        if (!outcome.TryGetValue(out var admitted, out var refusal))
        {
            await complete.RecordRejectionAsync(flow, refusal, ct);
            return await errorResponse.CreateAsync(http, refusal, flow.ReturnUrl);
        }

        var user = admitted.Admission.User;
        if (admitted.Admission.NeedsProof)
        {
            await complete.RecordRejectionAsync(flow, SsoProblems.LinkRequired, ct);
            return await errorResponse.CreateAsync(
                http,
                SsoProblems.LinkRequired,
                flow.ReturnUrl,
                await flows.IssueLinkCodeAsync(flow, user, admitted.Person, ct)
            );
        }

        return flow.ReturnUrl is null
            ? TypedResults.Ok(
                await SsoSignedIn.OpenAsync(
                    open,
                    SignInProof.FromProvider(user, admitted.Person.Amr),
                    device,
                    flow.TenantId,
                    parent: null,
                    ct
                )
            )
            : TypedResults.Redirect(
                ReturnUrls.AppendQuery(flow.ReturnUrl, "code", await flows.IssueCodeAsync(flow, user, admitted.Person, ct))
            );
    }

    private async Task<Result<AdmissionResult>> AdmitAsync(SsoFlow flow, string? code, CancellationToken ct)
    {
        if (string.IsNullOrEmpty(code))
        {
            return SsoProblems.CodeMissing;
        }

        if (await configurations.FindAvailableAsync(flow.TenantId, ct) is not { } configuration)
        {
            return SsoProblems.NotAvailable;
        }

        if (!(await authenticate.RunAsync(configuration, flow, code, ct)).TryGetValue(out var person, out var untrusted))
        {
            return untrusted;
        }

        return !(await provision.RunAsync(flow.TenantId, person, provedUserId: null, ct)).TryGetValue(out var admission, out var refusal)
            ? refusal
            : new AdmissionResult(admission, person);
    }

    private async Task RecordRejectionAsync(SsoFlow flow, Problem refusal, CancellationToken ct)
    {
        db.ChangeTracker.Clear(); // discards the changes of the rejected sign-in
        db.SsoActivities.Add(SsoActivity.Create(flow.TenantId, SsoActivityKind.Refused, userId: null, clock.GetUtcNow(), refusal.Code));
        await db.SaveChangesAsync(ct);
        // Not suspicious: the user retries, proves the account, or has cancelled.
        if (refusal.Kind is not ProblemKind.Unavailable && refusal != SsoProblems.LinkRequired && refusal != SsoProblems.Cancelled)
        {
            events.RecordDeniedSsoSignIn(flow.TenantId, refusal.Code);
        }
    }

    internal sealed record Services(SsoFlows Flows, OpenSession Open, SsoErrorResponse ErrorResponse, IOptions<SsoOptions> Options);

    private sealed record AdmissionResult(SsoAdmission Admission, ExternalIdentity Person);
}
