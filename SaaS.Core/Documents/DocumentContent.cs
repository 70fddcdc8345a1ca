using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Microsoft.Net.Http.Headers;
using SaaS.Core.Access;
using SaaS.Core.Documents.Files;
using SaaS.Core.Http;
using SaaS.Core.Persistence;
using SaaS.Infrastructure.Objects;

namespace SaaS.Core.Documents;

/// <summary>Streams the bytes of a document: to be saved, never shown in the browser, whoever asks for it by whichever way.</summary>
internal sealed partial class DocumentContent(TenantDbFactory databases, ObjectStore objects, ILogger<DocumentContent> logger)
{
    /// <summary>Declares what a route answers that streams a document. Not 304, which comes to whoever asks with a condition: generators take it for the answer, and clients would have no bytes.</summary>
    public static RouteHandlerBuilder Declare(RouteHandlerBuilder route) =>
        route.Produces<Stream>(StatusCodes.Status200OK, MediaTypes.Unknown)
            .Produces<Stream>(StatusCodes.Status206PartialContent, MediaTypes.Unknown)
            .Produces(StatusCodes.Status412PreconditionFailed)
            .Produces(StatusCodes.Status416RangeNotSatisfiable)
            .ProducesProblem(DocumentProblems.NotFound, DocumentProblems.ContentMissing);

    public async Task<Results<FileStreamHttpResult, ProblemResult>> StreamAsync(TenantScope scope, Guid documentId, HttpResponse response, CancellationToken ct)
    {
        var document = await FindAsync(scope, documentId, ct);
        if (document?.File is not { } file)
        {
            return DocumentProblems.NotFound.ToHttp();
        }

        if (await objects.OpenAsync(ObjectKey.OfFile(scope.TenantId, file.Id, file.Md5Hash), ct) is not { } content)
        {
            LogMissing(scope.TenantId, file.Id);
            return DocumentProblems.ContentMissing.ToHttp();
        }

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
    private async Task<Document?> FindAsync(TenantScope scope, Guid documentId, CancellationToken ct)
    {
        await using var db = await databases.OpenAsync(scope, ct);
        return await db.Documents.AsNoTracking().Include(document => document.File).SingleOrDefaultAsync(document => document.Id == documentId, ct);
    }

    [LoggerMessage(EventId = 6201, Level = LogLevel.Error, Message = "The object of file {FileId} in tenant {TenantId} is missing: somebody asked for its bytes")]
    private partial void LogMissing(Guid tenantId, Guid fileId);
}
