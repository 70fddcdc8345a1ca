using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using SaaS.Core.Http;

namespace SaaS.Core.Operations.Monitoring;

/// <summary>The health of authentication and its endpoints.</summary>
/// <param name="Status">Always healthy.</param>
/// <param name="Service">Always authentication.</param>
/// <param name="Endpoints">Operation → path and method.</param>
public sealed record AuthenticationHealth(string Status, string Service, IReadOnlyDictionary<string, string> Endpoints);

/// <summary>The health of a part of the API.</summary>
/// <param name="Status">Always healthy.</param>
/// <param name="Blueprint">The name of the part.</param>
public sealed record PartHealth(string Status, string Blueprint);

/// <summary>The health of the documents of a tenant, which may not exist.</summary>
/// <param name="Status">Always healthy.</param>
/// <param name="Blueprint">Always documents.</param>
/// <param name="TenantId">The requested tenant.</param>
public sealed record DocumentsHealth(string Status, string Blueprint, Guid TenantId);

/// <summary>
/// Maps the health endpoints of the original system, which probes of its clients use. Like <c>/health</c>, they are always healthy.
/// </summary>
internal static class CapabilityHealth
{
    private const string Healthy = "healthy";

    private static readonly Dictionary<string, string> Authentication = new()
    {
        ["register"] = "/api/auth/register (POST)",
        ["login"] = "/api/auth/login (POST)",
        ["refresh"] = "/api/auth/refresh (POST)",
        ["logout"] = "/api/auth/logout (POST)",
    };

    public static void Map(IEndpointRouteBuilder routes)
    {
        var health = routes.MapGroup("").AllowAnonymous().ExcludeFromDescription();
        health.MapGet("/api/auth/health", () => TypedResults.Ok(new AuthenticationHealth(Healthy, "authentication", Authentication)));
        health.MapGet("/api/users/health", () => ApiResponse.Ok(new PartHealth(Healthy, "users"), "Users are served"));
        health.MapGet("/api/tenants/health", () => ApiResponse.Ok(new PartHealth(Healthy, "tenants"), "Tenants are served"));
        health.MapGet(
            "/api/tenants/{tenantId:guid}/documents/health",
            (Guid tenantId) => ApiResponse.Ok(new DocumentsHealth(Healthy, "documents", tenantId), "Documents are served")
        );
    }
}
