using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Access;
using SaaS.Core.Http;
using SaaS.Core.Persistence;

namespace SaaS.Core.Documents.Files;

/// <summary>A deleted file.</summary>
/// <param name="FileId">The file's id.</param>
/// <param name="Md5Hash">32 hexadecimal digits.</param>
/// <param name="FreedStorageBytes">Freed storage in bytes.</param>
/// <param name="FreedStorageMb">Freed storage in megabytes.</param>
public sealed record DeletedFile(Guid FileId, string Md5Hash, long FreedStorageBytes, decimal FreedStorageMb);

internal static class DeleteFile
{
    internal static void Map(RouteGroupBuilder files) =>
        files
            .MapDelete("/{fileId:guid}", Handle)
            .RequireTenantRole(TenantRole.Admin)
            .RequireScope(ApiScope.FilesWrite)
            .ProducesProblem(FileProblems.NotFound, FileProblems.InUse);

    /// <summary>Deletes a file that no document uses.</summary>
    /// <remarks>Its bytes are removed from the object store within moments.</remarks>
    internal static async Task<Results<Ok<ApiResponse<DeletedFile>>, ProblemResult>> Handle(
        Guid fileId,
        TenantDbContext db,
        CancellationToken ct
    )
    {
        if (await UnusedFiles.PurgeAsync(db, unusedBefore: null, fileId, atMost: 1, ct) is [var removed])
        {
            return ApiResponse.Ok(new DeletedFile(removed.Id, removed.Md5, removed.Size, Megabytes.From(removed.Size)), "File deleted");
        }

        var documents = await db.Files.Where(file => file.Id == fileId).Select(file => (int?)file.DocumentCount).SingleOrDefaultAsync(ct);
        return documents is null ? FileProblems.NotFound.ToHttp() : FileProblems.UsedBy(documents.Value).ToHttp();
    }
}
