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

/// <summary>Streams the content of a document, always as an attachment and never for display in the browser.</summary>
internal sealed partial class DocumentContent(TenantDbFactory databases, ObjectStore objects, ILogger<DocumentContent> logger)
{
    /// <summary>
    /// Declares the responses of an endpoint that streams a document. 304 is left out, because client generators take it for the success
    /// response and lose the content.
    /// </summary>
    public static RouteHandlerBuilder DeclareResponses(RouteHandlerBuilder route) =>
        route
            .Produces<Stream>(StatusCodes.Status200OK, MediaTypes.Unknown)
            .Produces<Stream>(StatusCodes.Status206PartialContent, MediaTypes.Unknown)
            .Produces(StatusCodes.Status412PreconditionFailed)
            .Produces(StatusCodes.Status416RangeNotSatisfiable)
            .ProducesProblem(DocumentProblems.NotFound, DocumentProblems.ContentMissing);

    public async Task<Results<FileStreamHttpResult, ProblemResult>> StreamAsync(
        TenantScope scope,
        Guid documentId,
        HttpResponse response,
        CancellationToken ct
    )
    {
        var document = await FindAsync(scope, documentId, ct);
        if (document?.File is not { } file)
        {
            return DocumentProblems.NotFound.ToHttp();
        }

        if (await objects.OpenAsync(ObjectKey.ForFile(scope.TenantId, file.Id, file.Md5Hash), ct) is not { } content)
        {
            LogMissing(scope.TenantId, file.Id);
            return DocumentProblems.ContentMissing.ToHttp();
        }

        // Access may be revoked: only the client's own cache may keep the content, and it must revalidate.
        response.Headers.CacheControl = "private, no-cache";
        return TypedResults.Stream(
            content,
            document.MimeType,
            fileDownloadName: document.Filename,
            entityTag: new EntityTagHeaderValue($"\"{file.Sha256Hash}\""),
            enableRangeProcessing: true
        );
    }

    // Closes the database before the first byte is sent: a slow download must not hold a connection that other tenants need.
    private async Task<Document?> FindAsync(TenantScope scope, Guid documentId, CancellationToken ct)
    {
        await using var db = await databases.OpenAsync(scope, ct);
        return await db
            .Documents.AsNoTracking()
            .Include(document => document.File)
            .SingleOrDefaultAsync(document => document.Id == documentId, ct);
    }

    [LoggerMessage(
        EventId = 6201,
        Level = LogLevel.Error,
        Message = "The object of file {FileId} in tenant {TenantId} is missing: a download of it failed"
    )]
    private partial void LogMissing(Guid tenantId, Guid fileId);
}
