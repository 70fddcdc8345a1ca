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

/// <summary>What is to change in a file's metadata.</summary>
public sealed record ChangeFileMetadataRequest
{
    /// <summary>Names and values of any JSON; a merge patch (RFC 7396): a null takes a name away, an object is merged into the one that is there, what is left out stays. At most 16 KiB in all.</summary>
    [Required]
    public required IReadOnlyDictionary<string, JsonElement> FileMetadata { get; init; }
}

internal static class ChangeFileMetadata
{
    private const int MaxBytes = 16 * 1024;

    /// <summary>What the system writes by itself.</summary>
    private static readonly string[] Reserved = ["tsa_timestamp"];

    private static readonly Problem TooLarge = Problem.OfField("file_metadata", "Must not be longer than 16 KiB of JSON in all.");
    private static readonly Problem IsReserved = Problem.OfField("file_metadata", "tsa_timestamp is written by the system alone.");

    internal static void Map(RouteGroupBuilder files) =>
        files.MapPatch("/{fileId:guid}", Handle).RequireTenantRole(TenantRole.User).ProducesProblem(FileProblems.NotFound, TooLarge);

    /// <summary>Changes what else is known of the content, for all documents that show it.</summary>
    internal static async Task<Results<Ok<ApiResponse<FileView>>, ProblemResult>> Handle(
        Guid fileId, ChangeFileMetadataRequest request, TenantDbContext db, TimeProvider clock, CancellationToken ct)
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
        db.Audit.Record(AuditAction.FileMetadataChanged, fileId, AuditDetails.Of("fields", request.FileMetadata.Keys.Order(StringComparer.Ordinal))); // values may be as long as the client likes
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
        return ApiResponse.Ok(FileView.Of(file), "File metadata changed");
    }
}
