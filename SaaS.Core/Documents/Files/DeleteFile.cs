using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Access;
using SaaS.Core.Http;
using SaaS.Core.Persistence;

namespace SaaS.Core.Documents.Files;

/// <summary>Content that is gone.</summary>
/// <param name="FileId">Which.</param>
/// <param name="Md5Hash">32 hexadecimal digits.</param>
/// <param name="FreedStorageBytes">Bytes.</param>
/// <param name="FreedStorageMb">The same in megabytes.</param>
public sealed record DeletedFile(Guid FileId, string Md5Hash, long FreedStorageBytes, decimal FreedStorageMb);

internal static class DeleteFile
{
    internal static void Map(RouteGroupBuilder files) =>
        files.MapDelete("/{fileId:guid}", Handle).RequireTenantRole(TenantRole.Admin).ProducesProblem(FileProblems.NotFound, FileProblems.InUse);

    /// <summary>Deletes content that no document shows, at once.</summary>
    /// <remarks>Its bytes leave the store as well, within moments.</remarks>
    internal static async Task<Results<Ok<ApiResponse<DeletedFile>>, ProblemResult>> Handle(Guid fileId, TenantDbContext db, CancellationToken ct)
    {
        if (await UnusedFiles.RemoveAsync(db, unusedBefore: null, fileId, atMost: 1, ct) is [var removed])
        {
            return ApiResponse.Ok(new DeletedFile(removed.Id, removed.Md5, removed.Size, Megabytes.Of(removed.Size)), "File deleted");
        }

        var documents = await db.Files.Where(file => file.Id == fileId).Select(file => (int?)file.DocumentCount).SingleOrDefaultAsync(ct);
        return documents is null ? FileProblems.NotFound.ToHttp() : FileProblems.ShownBy(documents.Value).ToHttp();
    }
}
