using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using SaaS.Core.Access;
using SaaS.Core.Http;

namespace SaaS.Core.Documents;

internal static class ReadDocumentContent
{
    internal static void Map(RouteGroupBuilder documents) =>
        DocumentContent.DeclareResponses(documents.MapGet("/{documentId:guid}/content", Handle).RequireScope(ApiScope.DocumentsRead));

    /// <summary>Streams the content of a document.</summary>
    /// <remarks>Supports range and conditional requests; the ETag is the content's SHA-256.</remarks>
    internal static Task<Results<FileStreamHttpResult, ProblemResult>> Handle(
        Guid documentId,
        TenantScope scope,
        DocumentContent content,
        HttpResponse response,
        CancellationToken ct
    ) => content.StreamAsync(scope, documentId, response, ct);
}
