using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using SaaS.Core.Http;

namespace SaaS.Core.Operations.Monitoring;

/// <summary>The authentication, and where its routes are.</summary>
/// <param name="Status">Always healthy.</param>
/// <param name="Service">Always authentication.</param>
/// <param name="Endpoints">What → path and method.</param>
public sealed record AuthenticationHealth(string Status, string Service, IReadOnlyDictionary<string, string> Endpoints);

/// <summary>A part of the API that answers.</summary>
/// <param name="Status">Always healthy.</param>
/// <param name="Blueprint">Which part.</param>
public sealed record PartHealth(string Status, string Blueprint);

/// <summary>The documents of a tenant, which may not exist.</summary>
/// <param name="Status">Always healthy.</param>
/// <param name="Blueprint">Always documents.</param>
/// <param name="TenantId">The tenant that was asked for.</param>
public sealed record DocumentsHealth(string Status, string Blueprint, Guid TenantId);

/// <summary>Answers the health routes of the original system, which its clients' probes ask. Each says that the process answers, like <c>/health</c>.</summary>
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
        health.MapGet("/api/tenants/{tenantId:guid}/documents/health", (Guid tenantId) => ApiResponse.Ok(new DocumentsHealth(Healthy, "documents", tenantId), "Documents are served"));
    }
}
