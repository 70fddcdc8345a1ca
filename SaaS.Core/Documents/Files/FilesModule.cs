using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using SaaS.Core.Access;
using SaaS.Core.Jobs;
using SaaS.Core.Messaging;
using SaaS.Core.Persistence;
using SaaS.Infrastructure.Settings;

namespace SaaS.Core.Documents.Files;

/// <summary>
/// The content of documents: spooled to disk on upload, stored once per content and tenant, and purged when no document uses it.
/// </summary>
internal static class FilesModule
{
    extension(ControlDbContext db)
    {
        public DbSet<UnusedFileMarker> UnusedFileMarkers => db.Set<UnusedFileMarker>();
    }

    extension(TenantDbContext db)
    {
        public DbSet<StoredFile> Files => db.Set<StoredFile>();

        public DbSet<UnfinishedUpload> UnfinishedUploads => db.Set<UnfinishedUpload>();
    }

    /// <summary>The path of files in the API. The documents module maps the endpoint that also returns documents.</summary>
    public const string Path = "/api/files/{tenantId:guid}/files";

    public static void AddFiles(this IServiceCollection services)
    {
        services.AddSettings<UploadOptions>("Uploads");
        services.AddSettings<RetentionOptions>("Files");
        services.AddSingleton<IncomingUploads>();
        services.AddSingleton<FileStore>();
        services.AddScoped<UnusedFileMarkers>();
        services.AddScoped<PurgeUnusedFiles>();
        services.AddScoped<CollectOrphanedObjects>();
        services.AddTenantConsumer<MarkUnusedFile, DocumentDeleted>(MarkUnusedFile.Name);
        services.AddObjectConsumer<DeleteObject, FileDeleted>(DeleteObject.Name);
        services.AddJob<PurgeUnusedFilesJob>(
            PurgeUnusedFilesJob.Name,
            "Purges files that no document has used for a while",
            cron: "0 0/10 * * * ?"
        );
        services.AddJob<CollectOrphanedObjectsJob>(
            CollectOrphanedObjectsJob.Name,
            "Deletes orphaned objects and reports files without an object",
            cron: "0 0 3 * * ?"
        );
    }

    public static void MapFiles(this IEndpointRouteBuilder routes)
    {
        var files = routes.MapTenantGroup(Path).WithTags("Files");
        ListFiles.Map(files);
        ChangeFileMetadata.Map(files);
        DeleteFile.Map(files);

        var ofTenant = routes.MapTenantGroup("/api/tenants/{tenantId:guid}/files").WithTags("Files");
        OrphanedFiles.Map(ofTenant);
    }
}
