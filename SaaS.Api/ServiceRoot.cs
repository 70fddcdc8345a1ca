using SaaS.Core;
using SaaS.ServiceDefaults;
using Scalar.AspNetCore;

namespace SaaS.Api;

/// <summary>Maps the root of the service and the API documentation.</summary>
internal static class ServiceRoot
{
    public const string Name = "SaaS Multi-Tenant Backend Platform";
    private const string DocsPath = "/api/docs";

    // The page has inline scripts and styles; everything that it loads is on this host.
    private const string DocsPolicy =
        "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    public static void MapDocumentation(this WebApplication app)
    {
        app.MapGet(
                "/",
                () =>
                    TypedResults.Ok(
                        new
                        {
                            service = Name,
                            version = HealthEndpoints.Version,
                            status = "running",
                            documentation = DocsPath,
                            endpoints = new
                            {
                                health = "/health",
                                auth = "/api/auth",
                                users = "/api/users",
                                tenants = "/api/tenants",
                                documents = "/api/tenants/{tenant_id}/documents",
                                files = "/api/files/{tenant_id}/files",
                                kafka_demo = "/api/demo/kafka",
                            },
                        }
                    )
            )
            .ExcludeFromDescription();

        app.MapOpenApi("/openapi/{documentName}.json");
        app.MapOpenApi($"{DocsPath}/swagger.yaml")
            .AddEndpointFilter(
                (context, next) =>
                {
                    var response = context.HttpContext.Response;
                    response.OnStarting(() =>
                    {
                        response.ContentType = "application/yaml"; // RFC 9512; the framework still writes an older name
                        return Task.CompletedTask;
                    });
                    return next(context);
                }
            );
        app.MapProblemTypes();
        app.MapScalarApiReference(
                DocsPath,
                options =>
                    options
                        .WithTitle($"{app.Services.GetProductName()} API")
                        .WithOpenApiRoutePattern("/openapi/v1.json")
                        .AddPreferredSecuritySchemes("bearer")
                        .HideDeveloperTools()
                        .HideClientButton()
                        .DisableAgent()
                        .DisableMcp()
                        .DisableTelemetry()
                        .DisableDefaultFonts()
            ) // no requests to other hosts
            .AddEndpointFilter(
                (context, next) =>
                {
                    context.HttpContext.Response.Headers.ContentSecurityPolicy = DocsPolicy;
                    return next(context);
                }
            );
    }
}
