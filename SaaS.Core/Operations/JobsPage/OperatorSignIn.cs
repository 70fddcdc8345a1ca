using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using SaaS.Core.Access;
using SaaS.Core.Auditing;
using SaaS.Core.Design;
using SaaS.Core.Http;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Identity.Factors;
using SaaS.Core.Identity.Mfa;
using SaaS.Core.Identity.Sessions;

namespace SaaS.Core.Operations.JobsPage;

/// <summary>Signs operators in and out, with the same accounts, sessions and delays after wrong passwords as the API.</summary>
internal static class OperatorSignIn
{
    public const string Path = $"{JobsPageModule.Root}/sign-in";

    private static readonly FieldRule CodeRule = new SecondFactorCodeAttribute().Rule;

    internal static void Map(RouteGroupBuilder anybody, RouteGroupBuilder operators)
    {
        anybody.MapGet("/sign-in", Show);
        // Cross-site requests are already rejected by a filter of the group.
        anybody.MapPost("/sign-in", HandleAsync).RequireRateLimiting(RateLimitClass.SignIn).DisableAntiforgery();
        anybody.MapPost("/sign-in/code", CompleteAsync).RequireRateLimiting(RateLimitClass.SignIn).DisableAntiforgery();
        operators.MapPost("/sign-out", SignOutAsync);
    }

    private static Task<ContentHttpResult> Show(Pages pages) => pages.RenderPageAsync<SignInPage>([]);

    private static async Task<Results<RedirectHttpResult, ContentHttpResult>> HandleAsync(
        [AsParameters] SignInForm form,
        HttpContext http,
        Pages pages,
        [AsParameters] Services services,
        CancellationToken ct
    )
    {
        var (check, mfaTokens, open, events) = services;
        var (email, password) = (form.Email, form.Password);
        var device = ClientDevice.From(http);
        var found =
            EmailAddress.TryParse(email, out var address) && password is { Length: > 0 and <= NewPasswordAttribute.MaxLength }
                ? await check.RunAsync(address, password, device, ct)
                : VerifyPassword.InvalidCredentials;
        if (!found.TryGetValue(out var verified, out var refusal))
        {
            // Users who are not operators must not learn that their password was correct.
            return await ShowErrorAsync(PageRules.IsInputProblem(refusal) ? VerifyPassword.InvalidCredentials : refusal);
        }

        if (!verified.User.IsPlatformAdmin)
        {
            events.RecordFailedSignIn(verified.User.Email.Value, "no_operator");
            return await ShowErrorAsync(VerifyPassword.InvalidCredentials);
        }

        if (SignInProof.FromPassword(verified) is not { } proof)
        {
            return await ShowCodeAsync(pages, (await mfaTokens.IssueAsync(verified, ct)).MfaToken, problem: null);
        }

        return await OpenAsync(http, open, proof, device, ct);

        Task<ContentHttpResult> ShowErrorAsync(Problem problem) =>
            pages.RenderPageAsync<SignInPage>(
                new() { ["Email"] = email, ["Refusal"] = problem.Message },
                ProblemResult.GetStatusCode(problem.Kind)
            );
    }

    private static async Task<Results<RedirectHttpResult, ContentHttpResult>> CompleteAsync(
        [AsParameters] CodeForm form,
        HttpContext http,
        CompleteSignIn complete,
        OpenSession open,
        Pages pages,
        CancellationToken ct
    )
    {
        var (token, code) = (form.MfaToken ?? "", form.Code?.Trim() ?? "");
        var device = ClientDevice.From(http);
        var outcome =
            token.Length > MfaTokens.MaxLength ? MfaTokens.Invalid
            : CodeRule.Validate(code) is null ? await complete.RunAsync(token, code, device, ct)
            : VerifySecondFactor.WrongCode;
        if (outcome.TryGetValue(out var proof, out var refusal))
        {
            return proof.User.IsPlatformAdmin
                ? await OpenAsync(http, open, proof, device, ct)
                : await ShowCodeAsync(pages, token, MfaTokens.Invalid); // the token of a sign-in to the API
        }

        return await ShowCodeAsync(pages, token, refusal);
    }

    private static async Task<RedirectHttpResult> OpenAsync(
        HttpContext http,
        OpenSession open,
        SignInProof proof,
        ClientDevice device,
        CancellationToken ct
    )
    {
        var (token, lifetime) = await open.RunForBrowserAsync(proof, device, ct);
        OperatorCookie.Set(http, token, lifetime);
        return TypedResults.LocalRedirect(JobsPageModule.Root);
    }

    private static Task<ContentHttpResult> ShowCodeAsync(Pages pages, string token, Problem? problem) =>
        pages.RenderPageAsync<SignInCodePage>(
            new() { ["MfaToken"] = token, ["Refusal"] = problem?.Message },
            problem is null ? StatusCodes.Status200OK : ProblemResult.GetStatusCode(problem.Kind)
        );

    private static async Task<RedirectHttpResult> SignOutAsync(
        HttpContext http,
        CurrentUser currentUser,
        SessionStore sessionStore,
        CancellationToken ct
    )
    {
        await sessionStore.SignOutAsync(currentUser.SessionId, ct);
        OperatorCookie.Remove(http);
        return TypedResults.LocalRedirect(Path);
    }

    internal sealed record Services(VerifyPassword VerifyPassword, MfaTokens MfaTokens, OpenSession OpenSession, SecurityEvents Events);

    internal sealed class CodeForm
    {
        [FromForm(Name = "mfa_token")]
        public string? MfaToken { get; init; }

        [FromForm(Name = "code")]
        public string? Code { get; init; }
    }

    internal sealed class SignInForm
    {
        [FromForm(Name = "email")]
        public string? Email { get; init; }

        [FromForm(Name = "password")]
        public string? Password { get; init; }
    }
}
