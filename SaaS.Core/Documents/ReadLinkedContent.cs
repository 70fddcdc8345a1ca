using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using SaaS.Core.Access;
using SaaS.Core.Http;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy;

namespace SaaS.Core.Documents;

internal static class ReadLinkedContent
{
    internal static void Map(IEndpointRouteBuilder routes) =>
        DocumentContent
            .DeclareResponses(routes.MapGet(DownloadLinks.Path, Handle))
            .WithTags("Documents")
            .AllowAnonymous()
            .ProducesProblem(DocumentProblems.InvalidLink);

    /// <summary>Streams the content of a document to the bearer of a link.</summary>
    /// <remarks>
    /// A link ends when it expires, when the document is deleted, when its creator leaves the tenant, and when the creator's credentials
    /// are revoked.
    /// </remarks>
    /// <param name="token">The signed token of the link.</param>
    internal static async Task<Results<FileStreamHttpResult, ProblemResult>> Handle(
        [Required] string token,
        DownloadLinks links,
        ControlDbContext control,
        DocumentContent content,
        HttpResponse response,
        CancellationToken ct
    )
    {
        if (
            await links.ReadAsync(token, ct) is not { } link
            || await DownloadLinks.FindCreatorAsync(control, link.TenantId, link.CreatedBy, ct) is not { } creator
            || (creator.JoinedAt is not null && creator.State != link.State)
        ) // non-members are rejected below
        {
            return DocumentProblems.InvalidLink.ToHttp();
        }

        var entered = await TenantAuthorizationMiddleware.AuthorizeAsync(control, link.TenantId, link.CreatedBy, TenantRole.Viewer, ct);
        return !entered.TryGetValue(out var scope, out var refusal)
            ? refusal.ToHttp()
            : await content.StreamAsync(scope, link.DocumentId, response, ct);
    }
}
