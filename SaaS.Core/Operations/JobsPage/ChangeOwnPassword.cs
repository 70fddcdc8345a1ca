using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using SaaS.Core.Access;
using SaaS.Core.Design;
using SaaS.Core.Http;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Identity.Credentials;
using SaaS.Core.Identity.Sessions;

namespace SaaS.Core.Operations.JobsPage;

/// <summary>Changes the initial password of an operator, for which there is no other page.</summary>
internal static class ChangeOwnPassword
{
    public const string Path = $"{JobsPageModule.Root}/password";

    internal static void Map(RouteGroupBuilder operators)
    {
        operators.MapGet("/password", Show);
        operators.MapPost("/password", HandleAsync).RequireRateLimiting(RateLimitClass.SignIn).DisableAntiforgery();
    }

    private static Task<ContentHttpResult> Show(Pages pages) => pages.RenderPageAsync<NewPasswordPage>([]);

    private static async Task<Results<RedirectHttpResult, ContentHttpResult>> HandleAsync(
        [AsParameters] PasswordForm form,
        HttpContext http,
        CurrentUser currentUser,
        ChangePassword change,
        Pages pages,
        CancellationToken ct
    )
    {
        var (current, wanted, again) = (form.Current, form.Wanted, form.Again);
        var fault =
            wanted is null || wanted != again ? "The passwords do not match"
            : NewPasswordAttribute.ValidatePassword(wanted) is { } weakness ? $"The new password is invalid: {weakness.TrimEnd('.')}"
            : current is not { Length: > 0 and <= NewPasswordAttribute.MaxLength } ? VerifyCurrentPassword.WrongPassword.Message
            : current == wanted ? "The new password must differ from the current one"
            : null;
        if (fault is not null)
        {
            return await ShowErrorAsync(fault, StatusCodes.Status400BadRequest);
        }

        if (await change.RunAsync(currentUser, current!, wanted!, ClientDevice.From(http), ct) is not { } refusal)
        {
            return TypedResults.LocalRedirect(JobsPageModule.Root);
        }

        return await ShowErrorAsync(
            refusal.Message,
            PageRules.IsInputProblem(refusal) ? StatusCodes.Status400BadRequest : ProblemResult.GetStatusCode(refusal.Kind)
        );

        Task<ContentHttpResult> ShowErrorAsync(string message, int status) =>
            pages.RenderPageAsync<NewPasswordPage>(new() { ["Refusal"] = message }, status);
    }

    internal sealed class PasswordForm
    {
        [FromForm(Name = "current")]
        public string? Current { get; init; }

        [FromForm(Name = "wanted")]
        public string? Wanted { get; init; }

        [FromForm(Name = "again")]
        public string? Again { get; init; }
    }
}
