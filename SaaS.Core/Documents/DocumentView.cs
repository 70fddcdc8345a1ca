using System.Linq.Expressions;
using SaaS.Core.Documents.Files;

namespace SaaS.Core.Documents;

/// <summary>A document.</summary>
/// <param name="Id">The document's id.</param>
/// <param name="Filename">The name of the document.</param>
/// <param name="MimeType">Media type, e.g. application/pdf.</param>
/// <param name="FileId">The id of its file.</param>
/// <param name="UserId">The owner, who may change and delete the document.</param>
/// <param name="CreatedAt">Time of the upload (UTC).</param>
/// <param name="UpdatedAt">Time of the last change (UTC).</param>
/// <param name="CreatedBy">The account that uploaded it.</param>
/// <param name="File">The content.</param>
public sealed record DocumentView(
    Guid Id,
    string Filename,
    string MimeType,
    Guid FileId,
    Guid UserId,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt,
    Guid CreatedBy,
    DocumentFileView File
)
{
    internal static readonly Expression<Func<Document, DocumentView>> Projection = document => new DocumentView(
        document.Id,
        document.Filename,
        document.MimeType,
        document.FileId,
        document.UserId,
        document.CreatedAt,
        document.UpdatedAt,
        document.UserId,
        new DocumentFileView(
            document.File!.Md5Hash,
            document.File.Sha256Hash,
            document.File.FileSize,
            document.File.CreatedAt,
            document.File.VerifiedAt
        )
    );

    internal static DocumentView From(Document document, StoredFile file) =>
        new(
            document.Id,
            document.Filename,
            document.MimeType,
            document.FileId,
            document.UserId,
            document.CreatedAt,
            document.UpdatedAt,
            document.UserId,
            new DocumentFileView(file.Md5Hash, file.Sha256Hash, file.FileSize, file.CreatedAt, file.VerifiedAt)
        );
}

/// <summary>The content of a document.</summary>
/// <param name="Md5Hash">32 hexadecimal digits.</param>
/// <param name="Sha256Hash">64 hexadecimal digits.</param>
/// <param name="FileSize">Size in bytes.</param>
/// <param name="CreatedAt">Time when the tenant first stored this content (UTC).</param>
/// <param name="VerifiedAt">When the stored bytes were last verified against their hash (UTC); null until the worker has done so.</param>
public sealed record DocumentFileView(
    string Md5Hash,
    string Sha256Hash,
    long FileSize,
    DateTimeOffset CreatedAt,
    DateTimeOffset? VerifiedAt
);
