using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using SaaS.Core.Access;
using SaaS.Core.Jobs;
using SaaS.Core.Persistence;
using SaaS.Infrastructure.Settings;

namespace SaaS.Core.Auditing;

/// <summary>
/// Registers the audit. Use cases record entries in the database that they change; admins of a tenant read the tenant's entries, and
/// operators those of the control database.
/// </summary>
internal static class AuditingModule
{
    extension(ControlDbContext db)
    {
        public DbSet<AuditEntry> AuditEntries => db.Set<AuditEntry>();

        /// <summary>Records audit entries in the current transaction.</summary>
        public AuditTrail Audit => new(db);
    }

    extension(TenantDbContext db)
    {
        public DbSet<AuditEntry> AuditEntries => db.Set<AuditEntry>();

        /// <summary>Records audit entries in the current transaction.</summary>
        public TenantAuditTrail Audit => new(new AuditTrail(db), db.Scope);
    }

    public static void AddAuditing(this IServiceCollection services)
    {
        services.AddSettings<AuditOptions>("Audit");
        services.AddScoped<AuditReader>();
        services.AddSingleton<SecurityEventQueue>();
        services.AddSingleton<SecurityEvents>();
        services.AddJob<PurgeAuditEntriesJob>(PurgeAuditEntriesJob.Name, "Deletes expired audit entries", cron: "0 30 4 * * ?");
    }

    /// <summary>Adds the background writer of security events, for hosts that serve requests.</summary>
    public static void AddSecurityEventWriter(this IServiceCollection services) => services.AddHostedService<SecurityEventWriter>();

    /// <summary>Adds the middleware that records denied access. It must follow authentication, which identifies the current user.</summary>
    public static void UseSecurityEvents(this IApplicationBuilder app) => app.UseMiddleware<SecurityEventMiddleware>();

    public static void MapAuditing(this IEndpointRouteBuilder routes)
    {
        var tenant = routes.MapTenantGroup("/api/tenants/{tenantId:guid}/audit").WithTags("Audit");
        ListAuditEntries.Map(tenant);

        var platform = routes.MapPlatformGroup("/api/admin/audit").WithTags("Audit");
        ListPlatformAuditEntries.Map(platform);
    }
}

/// <summary>Settings for the retention of audit entries and the storage of security events.</summary>
internal sealed class AuditOptions
{
    /// <summary>The retention period of entries. The database never deletes entries younger than 30 days.</summary>
    [Range(typeof(TimeSpan), "30.00:00:00", "3650.00:00:00")]
    public TimeSpan Retention { get; init; } = TimeSpan.FromDays(730);

    /// <summary>
    /// The maximum number of stored security events per action and actor (or subject, if anonymous) in an hour; all are logged.
    /// </summary>
    [Range(1, 1_000)]
    public int MaxSecurityEventsPerHour { get; init; } = 20;
}
