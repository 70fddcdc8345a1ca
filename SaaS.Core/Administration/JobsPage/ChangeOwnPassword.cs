using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using SaaS.Core.Access;
using SaaS.Core.Accounts;
using SaaS.Core.Credentials;
using SaaS.Core.Sessions;
using SaaS.Platform.Http;

namespace SaaS.Core.Administration.JobsPage;

/// <summary>For the first administrator, whose password a command has chosen: there is no other page to change it on.</summary>
internal static class ChangeOwnPassword
{
    public const string Path = $"{JobsPageModule.Root}/password";

    internal static void Map(RouteGroupBuilder operators)
    {
        operators.MapGet("/password", Show);
        operators.MapPost("/password", HandleAsync).LimitedAs(RateClass.SignIn).DisableAntiforgery();
    }

    private static Task<ContentHttpResult> Show(Pages pages) => pages.ShowAsync<NewPasswordPage>([]);

    private static async Task<Results<RedirectHttpResult, ContentHttpResult>> HandleAsync(
        [FromForm] string? current, [FromForm] string? wanted, [FromForm] string? again, HttpContext http, Caller caller, ChangePassword change, Pages pages, CancellationToken ct)
    {
        var refusal = wanted is null || wanted != again ? "The two passwords differ"
            : NewPasswordAttribute.FaultIn(wanted) is { } fault ? $"The new password is not good: {fault.TrimEnd('.')}"
            : current is not { Length: > 0 and <= NewPasswordAttribute.MaxLength } ? ProvePassword.Wrong.Message
            : current == wanted ? "The new password is the current one"
            : (await change.RunAsync(caller, current, wanted, ClientDevice.Of(http), ct))?.Message;
        return refusal is null
            ? TypedResults.LocalRedirect(JobsPageModule.Root)
            : await pages.ShowAsync<NewPasswordPage>(new() { ["Refusal"] = refusal }, StatusCodes.Status400BadRequest);
    }
}
