using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using SaaS.Core.Access;
using SaaS.Core.Documents.Files;
using SaaS.Core.Messaging;
using SaaS.Core.Persistence;
using SaaS.Infrastructure.Settings;

namespace SaaS.Core.Documents;

/// <summary>
/// Documents: the names that users give to stored files. Members read, users and admins write; the content itself belongs to Files.
/// </summary>
internal static class DocumentsModule
{
    extension(TenantDbContext db)
    {
        public DbSet<Document> Documents => db.Set<Document>();
    }

    public static void AddDocuments(this IServiceCollection services)
    {
        services.AddSettings<DownloadOptions>("Downloads");
        services.AddSingleton<DownloadLinks>();
        services.AddSingleton<DocumentContent>();
        services.AddObjectConsumer<VerifyUploadedDocument, DocumentUploaded>(VerifyUploadedDocument.Name);
    }

    /// <summary>Requires the public address of the API, for a host that creates links.</summary>
    public static void RequireDownloadAddress(this IServiceCollection services) =>
        services
            .AddOptions<DownloadOptions>()
            .Validate<IHostEnvironment>(
                (options, environment) => environment.IsDevelopment() || options.BaseAddress is not null,
                "Downloads:BaseAddress is not set: the address where clients reach the API, such as https://api.example.com."
            );

    public static void MapDocuments(this IEndpointRouteBuilder routes)
    {
        var documents = routes.MapTenantGroup("/api/tenants/{tenantId:guid}/documents").WithTags("Documents");
        ListDocuments.Map(documents);
        UploadDocument.Map(documents);
        GetDocument.Map(documents);
        UpdateDocument.Map(documents);
        DeleteDocument.Map(documents);
        BulkUpdateDocuments.Map(documents);
        BulkDeleteDocuments.Map(documents);
        ReadDocumentContent.Map(documents);
        CreateDownloadLink.Map(documents);
        ReadLinkedContent.Map(routes);

        GetFile.Map(routes.MapTenantGroup(FilesModule.Path).WithTags("Files"));
    }
}
