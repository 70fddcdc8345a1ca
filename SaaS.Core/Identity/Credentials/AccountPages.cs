using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using SaaS.Core.Design;
using SaaS.Core.Http;

namespace SaaS.Core.Identity.Credentials;

/// <summary>
/// Serves the default pages of mailed links, for products without their own. They contain no data: the token reaches the server
/// only when the user presses the button.
/// </summary>
internal static class AccountPages
{
    // Allows only our own resources, nothing inline, and no framing.
    public const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'";

    public static void MapAccountPages(this IEndpointRouteBuilder routes)
    {
        // Mail programs append tracking parameters.
        var account = routes
            .MapGroup("/account")
            .AllowAnonymous()
            .ExcludeFromDescription()
            .WithMetadata(new AllowsUnknownQueryParameters());
        foreach (var page in Enum.GetValues<LinkPurpose>().Select(MailedLinks.GetPageName))
        {
            account.MapGet($"/{page}", ShowAsync);
        }

        account.MapPageAsset("/account.js");
    }

    private static Task<ContentHttpResult> ShowAsync(HttpResponse response, Pages pages)
    {
        response.SetSecurityHeaders(Policy);
        return pages.RenderPageAsync<AccountPage>([]);
    }
}
