using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using SaaS.Core.Design;
using SaaS.Core.Http;
using SaaS.Core.Identity.Credentials;

namespace SaaS.Core.Tenancy.Invitations;

/// <summary>
/// Serves the default page of an invitation, for products without their own. It contains no data: the script asks for the invitation with
/// the token after <c>#</c>, and answers it only when the user presses a button.
/// </summary>
internal static class InvitationPages
{
    public static void MapInvitationPage(this IEndpointRouteBuilder routes)
    {
        var account = routes
            .MapGroup("/account")
            .AllowAnonymous()
            .ExcludeFromDescription()
            .WithMetadata(new AllowsUnknownQueryParameters());
        account.MapGet($"/{InvitationLinks.Page}", ShowAsync);
        account.MapPageAsset("/invitation.js");
    }

    private static Task<ContentHttpResult> ShowAsync(HttpResponse response, Pages pages)
    {
        response.SetSecurityHeaders(AccountPages.Policy);
        return pages.RenderPageAsync<InvitationPage>([]);
    }
}
