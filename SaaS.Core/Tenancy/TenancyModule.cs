using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using SaaS.Core.Access;
using SaaS.Core.Jobs;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy.Members;
using SaaS.Core.Tenancy.Provisioning;
using SaaS.Infrastructure.Settings;

namespace SaaS.Core.Tenancy;

/// <summary>
/// Manages tenants, the customers of the platform: their creation, deletion and erasure, their members, and the authorization
/// middleware that every request to a tenant's data passes.
/// </summary>
internal static class TenancyModule
{
    extension(ControlDbContext db)
    {
        public DbSet<Membership> Memberships => db.Set<Membership>();

        public DbSet<RemovedMember> RemovedMembers => db.Set<RemovedMember>();
    }

    extension(TenantDbContext db)
    {
        public DbSet<ContentUsage> ContentUsage => db.Set<ContentUsage>();
    }

    /// <param name="services">The services of the host.</param>
    /// <param name="provisions">True to create and drop databases in this process instead of asking the worker to.</param>
    public static void AddTenancy(this IServiceCollection services, bool provisions)
    {
        services.AddSettings<TenantOptions>("Tenants");
        services.AddSettings<QuotaOptions>("Quotas");
        services.AddDbInterceptor<AccessRecheck>();
        services.AddSingleton<RecheckAccess>(provider => provider.GetRequiredService<AccessRecheck>().RecheckAsync);
        services.AddScoped<CreateTenant>();
        if (provisions)
        {
            services.AddScoped<ProvisionTenant>();
            services.AddSingleton<TenantDatabases, LocalTenantDatabases>();
        }
        else
        {
            services.AddSingleton<TenantDatabases, TenantDatabaseRequests>();
        }

        services.AddSingleton<TenantDatabaseReplies>();
        services.AddScoped<AddMembership>();
        services.AddScoped<RestoreTenant>();
        services.AddScoped<ExportTenant>();
        services.AddScoped<EraseTenant>();
        services.AddJob<RepairProvisioningJob>(
            "repair-provisioning",
            "Finishes tenants whose making was interrupted",
            cron: "0/20 * * * * ?"
        );
        services.AddJob<EraseTenantsJob>(
            EraseTenantsJob.Name,
            "Erases tenants whose erasure was requested and whose grace period is over",
            cron: "0 15 * * * ?"
        );
        services.AddJob<RotateEncryptionKeysJob>(
            RotateEncryptionKeysJob.Name,
            "Rotates the encryption keys of each tenant and re-encrypts its stored values",
            cron: "0 0 3 1 * ?"
        );
    }

    /// <summary>Listens for replies of the worker that creates and drops databases.</summary>
    public static void AddTenantRequests(this IServiceCollection services) =>
        services.AddHostedService(provider => provider.GetRequiredService<TenantDatabaseReplies>());

    /// <summary>Creates and drops databases on request of hosts that have no connection of the provisioning role.</summary>
    public static void AddTenantDatabaseWorker(this IServiceCollection services) => services.AddHostedService<TenantDatabaseWorker>();

    public static void MapTenancy(this IEndpointRouteBuilder routes)
    {
        var tenants = routes.MapGroup("/api/tenants").WithTags("Tenants");
        var users = routes.MapGroup("/api/users").WithTags("Users");
        ListMyTenants.Map(tenants, users);
        CreateTenant.Map(tenants);

        var tenant = routes.MapTenantGroup("/api/tenants/{tenantId:guid}").WithTags("Tenants");
        GetTenant.Map(tenant);
        RenameTenant.Map(tenant);
        DeleteTenant.Map(tenant);
        RestoreTenant.Map(tenant);
        GetMfaRequirement.Map(tenant);
        ChangeMfaRequirement.Map(tenant);

        var members = routes.MapTenantGroup("/api/tenants/{tenantId:guid}").WithTags("Members");
        ListMembers.Map(members);
        ChangeMemberRole.Map(members);
        RemoveMember.Map(members);
    }
}

/// <summary>Limits and timeouts of the creation, deletion and erasure of tenants.</summary>
public sealed class TenantOptions
{
    /// <summary>The maximum number of tenants that one account may create; erased tenants do not count.</summary>
    [Range(1, 1_000_000)]
    public int MaxPerUser { get; init; } = 100;

    /// <summary>The timeout of a request that creates a tenant's database, and of a job that drops one.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:01:00")]
    public TimeSpan CreationTimeout { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>The time during which a deleted tenant can be restored; it is not erased earlier.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "365.00:00:00")]
    public TimeSpan GracePeriod { get; init; } = TimeSpan.FromDays(30);
}
