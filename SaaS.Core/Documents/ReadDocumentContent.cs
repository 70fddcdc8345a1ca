using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Net.Http.Headers;
using SaaS.Core.Access;
using SaaS.Core.Databases;
using SaaS.Platform.Http;
using SaaS.Platform.Objects;

namespace SaaS.Core.Documents;

internal static class ReadDocumentContent
{
    internal static void Map(RouteGroupBuilder documents) =>
        documents.MapGet("/{documentId:guid}/content", Handle)
            .Produces(StatusCodes.Status200OK, contentType: DocumentRules.UnknownType)
            .Refuses(DocumentProblems.NotFound);

    /// <summary>Streams a document's bytes.</summary>
    /// <remarks>Answers ranges and conditional requests; the ETag is the content's SHA-256.</remarks>
    internal static async Task<Results<FileStreamHttpResult, ProblemResult>> Handle(
        Guid documentId, TenantScope scope, TenantDbFactory databases, ObjectStore objects, HttpResponse response, CancellationToken ct)
    {
        var document = await FindAsync(databases, scope, documentId, ct);
        if (document?.File is not { } file)
        {
            return DocumentProblems.NotFound.ToHttp();
        }

        var content = await objects.OpenAsync(ObjectKey.OfFile(scope.TenantId, file.Id, file.Md5Hash), ct)
            ?? throw new InvalidOperationException($"The object of file {file.Id} is missing.");

        // Whoever may read it today may not tomorrow: no cache but the caller's own keeps it, and that one asks again.
        response.Headers.CacheControl = "private, no-cache";
        return TypedResults.Stream(
            content,
            document.MimeType,
            fileDownloadName: document.Filename,
            entityTag: new EntityTagHeaderValue($"\"{file.Sha256Hash}\""),
            enableRangeProcessing: true);
    }

    // Closed again before the first byte is sent: a slow download holds nothing that other tenants wait for.
    private static async Task<Document?> FindAsync(TenantDbFactory databases, TenantScope scope, Guid documentId, CancellationToken ct)
    {
        await using var db = await databases.OpenAsync(scope, ct);
        return await db.Documents.AsNoTracking().Include(document => document.File).SingleOrDefaultAsync(document => document.Id == documentId, ct);
    }
}
