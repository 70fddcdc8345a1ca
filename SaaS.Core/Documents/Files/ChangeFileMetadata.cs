using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Access;
using SaaS.Core.Auditing;
using SaaS.Core.Http;
using SaaS.Core.Persistence;

namespace SaaS.Core.Documents.Files;

/// <summary>A change of a file's metadata.</summary>
public sealed record ChangeFileMetadataRequest
{
    /// <summary>
    /// A merge patch (RFC 7396) with any JSON values: null removes a name, objects are merged, omitted names stay. At most 16 KiB in all.
    /// </summary>
    [Required]
    public required IReadOnlyDictionary<string, JsonElement> FileMetadata { get; init; }
}

internal static class ChangeFileMetadata
{
    private const int MaxBytes = 16 * 1024;

    /// <summary>Names that only the system writes.</summary>
    private static readonly string[] Reserved = ["tsa_timestamp"];

    private static readonly Problem TooLarge = Problem.ForField("file_metadata", "Must not be longer than 16 KiB of JSON in all.");
    private static readonly Problem IsReserved = Problem.ForField("file_metadata", "tsa_timestamp is written by the system alone.");

    internal static void Map(RouteGroupBuilder files) =>
        files
            .MapPatch("/{fileId:guid}", Handle)
            .RequireTenantRole(TenantRole.User)
            .RequireScope(ApiScope.FilesWrite)
            .ProducesProblem(FileProblems.NotFound, TooLarge);

    /// <summary>Changes the metadata of a file, for all documents that use it.</summary>
    internal static async Task<Results<Ok<ApiResponse<FileView>>, ProblemResult>> Handle(
        Guid fileId,
        ChangeFileMetadataRequest request,
        TenantDbContext db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        if (Reserved.Any(request.FileMetadata.ContainsKey))
        {
            return IsReserved.ToHttp();
        }

        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        if (await db.Files.FromSql($"SELECT * FROM files WHERE id = {fileId} FOR NO KEY UPDATE").SingleOrDefaultAsync(ct) is not { } file)
        {
            return FileProblems.NotFound.ToHttp();
        }

        var changed = MergePatch.Apply(file.Metadata, request.FileMetadata);
        if (changed.GetRawText().Length > MaxBytes)
        {
            return TooLarge.ToHttp();
        }

        file.Metadata = changed;
        file.UpdatedAt = clock.GetUtcNow();

        // Only the names: values may be long.
        db.Audit.Record(
            AuditAction.FileMetadataChanged,
            fileId,
            AuditDetails.Create("fields", request.FileMetadata.Keys.Order(StringComparer.Ordinal))
        );
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
        return ApiResponse.Ok(FileView.From(file), "File metadata changed");
    }
}
