using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Access;
using SaaS.Core.Documents.Files;
using SaaS.Core.Http;
using SaaS.Core.Persistence;

namespace SaaS.Core.Documents;

/// <summary>A file and its documents.</summary>
public sealed record FileDetails : FileView
{
    internal FileDetails(FileView file, IReadOnlyList<DocumentOfFile> documents)
        : base(file) => Documents = documents;

    /// <summary>The newest documents that use the file, up to 100.</summary>
    public IReadOnlyList<DocumentOfFile> Documents { get; }
}

/// <summary>A document that uses a file.</summary>
/// <param name="Id">The document's id.</param>
/// <param name="Filename">The name of the document.</param>
/// <param name="MimeType">Its media type.</param>
/// <param name="CreatedAt">Time of the upload (UTC).</param>
public sealed record DocumentOfFile(Guid Id, string Filename, string MimeType, DateTimeOffset CreatedAt);

internal static class GetFile
{
    private const int MaxDocuments = 100;

    internal static void Map(RouteGroupBuilder files) =>
        files.MapGet("/{fileId:guid}", Handle).RequireScope(ApiScope.FilesRead).ProducesProblem(FileProblems.NotFound);

    /// <summary>Returns a file and its documents.</summary>
    internal static async Task<Results<Ok<ApiResponse<FileDetails>>, ProblemResult>> Handle(
        Guid fileId,
        TenantDbContext db,
        CancellationToken ct
    )
    {
        if (await db.Files.Where(candidate => candidate.Id == fileId).Select(FileView.Projection).SingleOrDefaultAsync(ct) is not { } file)
        {
            return FileProblems.NotFound.ToHttp();
        }

        var documents = await db
            .Documents.Where(document => document.FileId == fileId)
            .OrderByDescending(document => document.CreatedAt)
            .ThenByDescending(document => document.Id)
            .Take(MaxDocuments)
            .Select(document => new DocumentOfFile(document.Id, document.Filename, document.MimeType, document.CreatedAt))
            .ToListAsync(ct);

        return ApiResponse.Ok(new FileDetails(file, documents), "File retrieved");
    }
}
