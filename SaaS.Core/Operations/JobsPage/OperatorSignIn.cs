using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using SaaS.Core.Access;
using SaaS.Core.Auditing;
using SaaS.Core.Http;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Identity.Sessions;
using SaaS.Core.Persistence;

namespace SaaS.Core.Operations.JobsPage;

/// <summary>The way in and out: the same accounts, sessions and pauses after wrong passwords as everywhere.</summary>
internal static class OperatorSignIn
{
    public const string Path = $"{JobsPageModule.Root}/sign-in";

    internal static void Map(RouteGroupBuilder anybody, RouteGroupBuilder operators)
    {
        anybody.MapGet("/sign-in", Show);
        anybody.MapPost("/sign-in", HandleAsync).RequireRateLimiting(RateClass.SignIn).DisableAntiforgery(); // a token in a form would guard nothing that RefuseForeignPages does not
        operators.MapPost("/sign-out", LeaveAsync);
    }

    private static Task<ContentHttpResult> Show(Pages pages) => pages.ShowAsync<SignInPage>([]);

    private static async Task<Results<RedirectHttpResult, ContentHttpResult>> HandleAsync(
        [FromForm] string? email, [FromForm] string? password, HttpContext http, VerifyPassword check, OpenSession open, BrowserTokens tokens, Pages pages, SecurityEvents events, CancellationToken ct)
    {
        var device = ClientDevice.Of(http);
        var found = EmailAddress.TryParse(email, out var address) && password is { Length: > 0 and <= NewPasswordAttribute.MaxLength }
            ? await check.RunAsync(address, password, device, ct)
            : VerifyPassword.InvalidCredentials;
        if (!found.TryGetValue(out var user, out var refusal))
        {
            // Whose password was right is told to no one who may not come in here.
            return await RefuseAsync(PageRules.IsOfForm(refusal) ? VerifyPassword.InvalidCredentials : refusal);
        }

        if (!user.IsPlatformAdmin)
        {
            events.SignInFailed(user.Email.Value, "no_operator");
            return await RefuseAsync(VerifyPassword.InvalidCredentials);
        }

        OperatorCookie.Set(http, await open.RunForBrowserAsync(user, device, ct), tokens.Lifetime);
        return TypedResults.LocalRedirect(JobsPageModule.Root);

        Task<ContentHttpResult> RefuseAsync(Problem problem) =>
            pages.ShowAsync<SignInPage>(new() { ["Email"] = email, ["Refusal"] = problem.Message }, ProblemResult.StatusOf(problem.Kind));
    }

    private static async Task<RedirectHttpResult> LeaveAsync(HttpContext http, CurrentUser currentUser, ControlDbContext db, SessionStore liveSessions, CancellationToken ct)
    {
        await LogOut.EndAsync(currentUser.SessionId, db, liveSessions, ct);
        OperatorCookie.Remove(http);
        return TypedResults.LocalRedirect(Path);
    }
}
