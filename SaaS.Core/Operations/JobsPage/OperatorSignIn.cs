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
using SaaS.Core.Identity.Sessions;

namespace SaaS.Core.Operations.JobsPage;

/// <summary>Signs operators in and out, with the same accounts, sessions and delays after wrong passwords as the API.</summary>
internal static class OperatorSignIn
{
    public const string Path = $"{JobsPageModule.Root}/sign-in";

    internal static void Map(RouteGroupBuilder anybody, RouteGroupBuilder operators)
    {
        anybody.MapGet("/sign-in", Show);
        // Cross-site requests are already rejected by a filter of the group.
        anybody.MapPost("/sign-in", HandleAsync).RequireRateLimiting(RateLimitClass.SignIn).DisableAntiforgery();
        operators.MapPost("/sign-out", SignOutAsync);
    }

    private static Task<ContentHttpResult> Show(Pages pages) => pages.RenderPageAsync<SignInPage>([]);

    private static async Task<Results<RedirectHttpResult, ContentHttpResult>> HandleAsync(
        [AsParameters] SignInForm form,
        HttpContext http,
        VerifyPassword check,
        OpenSession open,
        Pages pages,
        SecurityEvents events,
        CancellationToken ct
    )
    {
        var (email, password) = (form.Email, form.Password);
        var device = ClientDevice.From(http);
        var found =
            EmailAddress.TryParse(email, out var address) && password is { Length: > 0 and <= NewPasswordAttribute.MaxLength }
                ? await check.RunAsync(address, password, device, ct)
                : VerifyPassword.InvalidCredentials;
        if (!found.TryGetValue(out var user, out var refusal))
        {
            // Users who are not operators must not learn that their password was correct.
            return await ShowErrorAsync(PageRules.IsInputProblem(refusal) ? VerifyPassword.InvalidCredentials : refusal);
        }

        if (!user.IsPlatformAdmin)
        {
            events.RecordFailedSignIn(user.Email.Value, "no_operator");
            return await ShowErrorAsync(VerifyPassword.InvalidCredentials);
        }

        var (token, lifetime) = await open.RunForBrowserAsync(user, device, ct);
        OperatorCookie.Set(http, token, lifetime);
        return TypedResults.LocalRedirect(JobsPageModule.Root);

        Task<ContentHttpResult> ShowErrorAsync(Problem problem) =>
            pages.RenderPageAsync<SignInPage>(
                new() { ["Email"] = email, ["Refusal"] = problem.Message },
                ProblemResult.GetStatusCode(problem.Kind)
            );
    }

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

    internal sealed class SignInForm
    {
        [FromForm(Name = "email")]
        public string? Email { get; init; }

        [FromForm(Name = "password")]
        public string? Password { get; init; }
    }
}
