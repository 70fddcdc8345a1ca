using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Databases;
using SaaS.Core.Files;
using SaaS.Platform.Http;

namespace SaaS.Core.Documents;

/// <summary>Content that the tenant has, and the documents that show it.</summary>
/// <param name="Id">The file's id.</param>
/// <param name="Md5Hash">32 hexadecimal digits.</param>
/// <param name="Sha256Hash">64 hexadecimal digits; with the size, what makes two files the same.</param>
/// <param name="FileSize">Bytes.</param>
/// <param name="MediaType">What the bytes are by themselves; null for files that are older than this field.</param>
/// <param name="FileMetadata">What else is known of the content.</param>
/// <param name="CreatedAt">When the tenant first stored it (UTC).</param>
/// <param name="UpdatedAt">When its metadata was last changed (UTC).</param>
/// <param name="CreatedBy">Who stored it first.</param>
/// <param name="VerifiedAt">When the stored bytes were last read whole and found right (UTC).</param>
/// <param name="DocumentCount">How many documents show it.</param>
/// <param name="IsOrphaned">Whether none does: it is given up after a while.</param>
/// <param name="UnusedSince">Since when none does (UTC).</param>
/// <param name="Documents">The newest documents that show it, up to 100.</param>
public sealed record FileDetails(
    Guid Id, string Md5Hash, string Sha256Hash, long FileSize, string? MediaType, JsonElement FileMetadata, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt, Guid CreatedBy,
    DateTimeOffset? VerifiedAt, int DocumentCount, bool IsOrphaned, DateTimeOffset? UnusedSince, IReadOnlyList<DocumentOfFile> Documents);

/// <summary>A document that shows a file.</summary>
/// <param name="Id">The document's id.</param>
/// <param name="Filename">What people call it.</param>
/// <param name="MimeType">Its media type.</param>
/// <param name="CreatedAt">When it was uploaded (UTC).</param>
public sealed record DocumentOfFile(Guid Id, string Filename, string MimeType, DateTimeOffset CreatedAt);

internal static class GetFile
{
    private const int MaxDocuments = 100;

    internal static void Map(RouteGroupBuilder files) => files.MapGet("/{fileId:guid}", Handle).Refuses(FileProblems.NotFound);

    /// <summary>Shows stored content, and the documents that show it.</summary>
    internal static async Task<Results<Ok<Answer<FileDetails>>, ProblemResult>> Handle(Guid fileId, TenantDb db, CancellationToken ct)
    {
        if (await db.Files.Where(candidate => candidate.Id == fileId).Select(FileView.Projection).SingleOrDefaultAsync(ct) is not { } file)
        {
            return FileProblems.NotFound.ToHttp();
        }

        var documents = await db.Documents
            .Where(document => document.FileId == fileId)
            .OrderByDescending(document => document.CreatedAt).ThenByDescending(document => document.Id).Take(MaxDocuments)
            .Select(document => new DocumentOfFile(document.Id, document.Filename, document.MimeType, document.CreatedAt))
            .ToListAsync(ct);

        return Answer.Ok(
            new FileDetails(
                file.Id, file.Md5Hash, file.Sha256Hash, file.FileSize, file.MediaType, file.FileMetadata, file.CreatedAt, file.UpdatedAt, file.CreatedBy,
                file.VerifiedAt, file.DocumentCount, file.IsOrphaned, file.UnusedSince, documents),
            "File retrieved");
    }
}
