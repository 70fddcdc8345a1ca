using Microsoft.AspNetCore.Http;

namespace SaaS.Entra;

/// <summary>
/// The sign-out endpoint: https://learn.microsoft.com/entra/identity-platform/v2-protocols-oidc#send-a-sign-out-request. It redirects only
/// to a URL that an application of the directory has registered.
/// </summary>
internal static class SignOut
{
    internal static IResult Handle(EntraStandIn standIn, HttpContext http)
    {
        var address = http.Request.Query["post_logout_redirect_uri"].ToString();
        var asked = RequestedDirectory.Get(http);
        if (
            !standIn
                .Directories.Where(directory => asked.Directory is null || directory == asked.Directory)
                .SelectMany(directory => directory.Applications)
                .Any(application => application.AcceptsAfterSignOut(address))
        )
        {
            return Pages.SignedOut();
        }

        var state = http.Request.Query["state"].ToString();
        return Results.Redirect(
            state is ""
                ? address
                : $"{address}{(address.Contains('?', StringComparison.Ordinal) ? '&' : '?')}state={Uri.EscapeDataString(state)}"
        );
    }
}
