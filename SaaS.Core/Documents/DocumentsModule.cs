using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using SaaS.Core.Access;
using SaaS.Core.Events;

namespace SaaS.Core.Documents;

/// <summary>
/// The name and the place that people give to a file. Members read; users and admins write. The bytes themselves are the
/// matter of Files.
/// </summary>
internal static class DocumentsModule
{
    public static void AddDocuments(this IServiceCollection services)
    {
        services.AddTenantConsumer<VerifyUploadedDocument, DocumentUploaded>(VerifyUploadedDocument.Name);
    }

    public static void MapDocuments(this IEndpointRouteBuilder routes)
    {
        var documents = routes.MapTenantGroup("/api/tenants/{tenantId:guid}/documents").WithTags("Documents");
        ListDocuments.Map(documents);
        UploadDocument.Map(documents);
        GetDocument.Map(documents);
        ReadDocumentContent.Map(documents);
    }
}
