using SaaS.ServiceDefaults;
using Scalar.AspNetCore;

namespace SaaS.Api;

/// <summary>What the bare address shows, and the documentation beside it.</summary>
internal static class ServiceRoot
{
    public const string Name = "SaaS Multi-Tenant Backend Platform";
    private const string DocsPath = "/api/docs";

    public static void MapDocumentation(this WebApplication app)
    {
        app.MapGet("/", () => TypedResults.Ok(new
        {
            service = Name,
            version = HealthEndpoints.Version,
            status = "running",
            documentation = DocsPath,
            endpoints = new { health = "/health", auth = "/api/auth", users = "/api/users", tenants = "/api/tenants" },
        })).ExcludeFromDescription();

        app.MapOpenApi("/openapi/{documentName}.json");
        app.MapOpenApi($"{DocsPath}/swagger.yaml");
        app.MapScalarApiReference(DocsPath, options => options
            .WithTitle(Name)
            .WithOpenApiRoutePattern("/openapi/v1.json")
            .AddPreferredSecuritySchemes("bearer")
            .HideDeveloperTools().HideClientButton().DisableAgent().DisableMcp().DisableTelemetry()
            .DisableDefaultFonts()); // the page asks nobody else for anything
    }
}
