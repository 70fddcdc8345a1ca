using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using SaaS.Core.Access;
using SaaS.Core.Jobs;
using SaaS.Core.Messaging;
using SaaS.Infrastructure.Settings;

namespace SaaS.Core.Documents.Files;

/// <summary>The bytes: received without being held in memory, kept once per content and tenant, given up when nothing shows them any more.</summary>
internal static class FilesModule
{
    /// <summary>Where files stand in the API; the documents that show one are added by who knows them.</summary>
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
        services.AddJob<PurgeUnusedFilesJob>(PurgeUnusedFilesJob.Name, "Gives up content that no document has shown for a while", cron: "0 0/10 * * * ?");
        services.AddJob<CollectOrphanedObjectsJob>(CollectOrphanedObjectsJob.Name, "Compares files with objects: removes litter, tells of losses", cron: "0 0 3 * * ?");
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
