using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using SaaS.Core.Http;

namespace SaaS.Core.Identity.Credentials;

/// <summary>
/// The pages that mailed links lead to where the product has none of its own. They hold nothing: the token never
/// reaches the server before the person presses the button.
/// </summary>
internal static class AccountPages
{
    // Nothing from elsewhere, nothing inline, and nobody frames it.
    private const string Policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'";

    public static void MapAccountPages(this IEndpointRouteBuilder routes)
    {
        var account = routes.MapGroup("/account").AllowAnonymous().ExcludeFromDescription().WithMetadata(new AllowsUnknownQueryParameters()); // mail programs append what they count clicks by
        foreach (var page in Enum.GetValues<LinkPurpose>().Select(MailedLinks.PageOf))
        {
            account.MapGet($"/{page}", (HttpResponse response) => Show(response, "account.html", "text/html; charset=utf-8"));
        }

        account.MapGet("/account.css", (HttpResponse response) => Show(response, "account.css", "text/css; charset=utf-8"));
        account.MapGet("/account.js", (HttpResponse response) => Show(response, "account.js", "text/javascript; charset=utf-8"));
    }

    private static FileStreamHttpResult Show(HttpResponse response, string resource, string type)
    {
        response.Protect(Policy);
        return TypedResults.Stream(typeof(AccountPages).Assembly.GetManifestResourceStream(resource)!, type);
    }
}
