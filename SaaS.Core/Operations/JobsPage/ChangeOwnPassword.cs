using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using SaaS.Core.Access;
using SaaS.Core.Http;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Identity.Credentials;
using SaaS.Core.Identity.Sessions;

namespace SaaS.Core.Operations.JobsPage;

/// <summary>For the first administrator, whose password a command has chosen: there is no other page to change it on.</summary>
internal static class ChangeOwnPassword
{
    public const string Path = $"{JobsPageModule.Root}/password";

    internal static void Map(RouteGroupBuilder operators)
    {
        operators.MapGet("/password", Show);
        operators.MapPost("/password", HandleAsync).RequireRateLimiting(RateClass.SignIn).DisableAntiforgery();
    }

    private static Task<ContentHttpResult> Show(Pages pages) => pages.ShowAsync<NewPasswordPage>([]);

    private static async Task<Results<RedirectHttpResult, ContentHttpResult>> HandleAsync(
        [FromForm] string? current, [FromForm] string? wanted, [FromForm] string? again, HttpContext http, CurrentUser currentUser, ChangePassword change, Pages pages, CancellationToken ct)
    {
        var fault = wanted is null || wanted != again ? "The two passwords differ"
            : NewPasswordAttribute.FaultIn(wanted) is { } weakness ? $"The new password is not good: {weakness.TrimEnd('.')}"
            : current is not { Length: > 0 and <= NewPasswordAttribute.MaxLength } ? VerifyCurrentPassword.Wrong.Message
            : current == wanted ? "The new password is the current one"
            : null;
        if (fault is not null)
        {
            return await RefuseAsync(fault, StatusCodes.Status400BadRequest);
        }

        if (await change.RunAsync(currentUser, current!, wanted!, ClientDevice.Of(http), ct) is not { } refusal)
        {
            return TypedResults.LocalRedirect(JobsPageModule.Root);
        }

        return await RefuseAsync(refusal.Message, PageRules.IsOfForm(refusal) ? StatusCodes.Status400BadRequest : ProblemResult.StatusOf(refusal.Kind));

        Task<ContentHttpResult> RefuseAsync(string message, int status) =>
            pages.ShowAsync<NewPasswordPage>(new() { ["Refusal"] = message }, status);
    }
}
