using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using SaaS.Core.Access;
using SaaS.Core.Jobs;
using SaaS.Infrastructure.Settings;

namespace SaaS.Core.Auditing;

/// <summary>
/// Who did what, where and when. Use cases record through the database that they change; a tenant's admins read what concerns the tenant, operators
/// what the platform's database holds.
/// </summary>
internal static class AuditingModule
{
    public static void AddAudit(this IServiceCollection services)
    {
        services.AddSettings<AuditOptions>("Audit");
        services.AddScoped<AuditReader>();
        services.AddSingleton<SecurityEventQueue>();
        services.AddSingleton<SecurityEvents>();
        services.AddJob<PurgeAuditEntriesJob>(PurgeAuditEntriesJob.Name, "Deletes audit entries that are older than they are kept", cron: "0 30 4 * * ?");
    }

    /// <summary>What a host needs that people reach: security events that concern a known account or tenant are stored beside the request.</summary>
    public static void AddSecurityEventWriter(this IServiceCollection services) => services.AddHostedService<SecurityEventWriter>();

    /// <summary>Records refused access of everything below it; goes after authentication, which says who is calling.</summary>
    public static void UseSecurityEvents(this IApplicationBuilder app) => app.UseMiddleware<SecurityEventMiddleware>();

    public static void MapAudit(this IEndpointRouteBuilder routes)
    {
        var tenant = routes.MapTenantGroup("/api/tenants/{tenantId:guid}/audit").WithTags("Audit");
        ListAuditEntries.Map(tenant);

        var platform = routes.MapPlatformGroup("/api/admin/audit").WithTags("Audit");
        ListPlatformAuditEntries.Map(platform);
    }
}
