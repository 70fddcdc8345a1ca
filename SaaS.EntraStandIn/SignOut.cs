using Microsoft.AspNetCore.Http;

namespace SaaS.Entra;

/// <summary>
/// The end of the session with Entra: https://learn.microsoft.com/entra/identity-platform/v2-protocols-oidc#send-a-sign-out-request. The browser is
/// sent on only to an address that an application of the directory has registered.
/// </summary>
internal static class SignOut
{
    internal static IResult Answer(EntraStandIn standIn, HttpContext http)
    {
        var address = http.Request.Query["post_logout_redirect_uri"].ToString();
        var asked = AskedDirectory.Of(http);
        if (!standIn.Directories.Where(directory => asked.Directory is null || directory == asked.Directory).SelectMany(directory => directory.Applications)
            .Any(application => application.AcceptsAfterSignOut(address)))
        {
            return Pages.SignedOut();
        }

        var state = http.Request.Query["state"].ToString();
        return Results.Redirect(state is "" ? address : $"{address}{(address.Contains('?', StringComparison.Ordinal) ? '&' : '?')}state={Uri.EscapeDataString(state)}");
    }
}
