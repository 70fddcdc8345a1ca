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
        DocumentContent.Declare(routes.MapGet(DownloadLinks.Path, Handle))
            .WithTags("Documents")
            .AllowAnonymous()
            .ProducesProblem(DocumentProblems.InvalidLink);

    /// <summary>Streams the bytes of a document to whoever has a link to it.</summary>
    /// <remarks>As much as the link's maker may read at this moment: a link ends with its time, with the document, with the maker's membership, and with whatever revokes the maker's credentials.</remarks>
    /// <param name="token">What the link says, and our signature.</param>
    internal static async Task<Results<FileStreamHttpResult, ProblemResult>> Handle(
        [Required] string token, DownloadLinks links, ControlDbContext control, DocumentContent content, HttpResponse response, CancellationToken ct)
    {
        if (await links.ReadAsync(token, ct) is not { } link
            || await DownloadLinks.FindMakerAsync(control, link.TenantId, link.MadeBy, ct) is not { } maker
            || (maker.JoinedAt is not null && maker.State != link.State)) // whoever is no member is told so by the gate
        {
            return DocumentProblems.InvalidLink.ToHttp();
        }

        var entered = await TenantAuthorizationMiddleware.EnterAsync(control, link.TenantId, link.MadeBy, TenantRole.Viewer, ct);
        return !entered.TryGetValue(out var scope, out var refusal)
            ? refusal.ToHttp()
            : await content.StreamAsync(scope, link.DocumentId, response, ct);
    }
}
