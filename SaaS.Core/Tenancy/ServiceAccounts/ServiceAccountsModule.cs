using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using SaaS.Core.Access;
using SaaS.Core.Jobs;
using SaaS.Core.Persistence;
using SaaS.Infrastructure.Settings;

namespace SaaS.Core.Tenancy.ServiceAccounts;

/// <summary>
/// Service accounts: members of a tenant without a person, with API keys. A key is limited by its scopes, its networks, its expiry and the
/// role of its service account; only people manage them.
/// </summary>
internal static class ServiceAccountsModule
{
    extension(ControlDbContext db)
    {
        public DbSet<ServiceAccount> ServiceAccounts => db.Set<ServiceAccount>();

        public DbSet<ApiKey> ApiKeys => db.Set<ApiKey>();
    }

    public static void AddServiceAccounts(this IServiceCollection services)
    {
        services.AddSettings<ServiceAccountOptions>("ServiceAccounts");
        services.AddSingleton<ApiKeyCache>();
        services.AddSingleton<ApiKeyAccess>();
        services.AddSingleton<ApiKeyUses>();
        services.AddJob<PurgeApiKeysJob>("purge-api-keys", "Deletes API keys that ended more than 30 days ago", cron: "0 10 2 * * ?");
    }

    /// <summary>Writes the last use of API keys, in a host that authenticates them.</summary>
    public static void AddApiKeyUses(this IServiceCollection services) =>
        services.AddHostedService(provider => provider.GetRequiredService<ApiKeyUses>());

    public static void MapServiceAccounts(this IEndpointRouteBuilder routes)
    {
        var accounts = routes.MapTenantGroup("/api/tenants/{tenantId:guid}/service-accounts").WithTags("Service accounts");
        ListServiceAccounts.Map(accounts);
        CreateServiceAccount.Map(accounts);
        GetServiceAccount.Map(accounts);
        ChangeServiceAccount.Map(accounts);
        DeleteServiceAccount.Map(accounts);

        var keys = routes
            .MapTenantGroup("/api/tenants/{tenantId:guid}/service-accounts/{serviceAccountId:guid}/keys")
            .WithTags("Service accounts");
        ListApiKeys.Map(keys);
        CreateApiKey.Map(keys);
        RotateApiKey.Map(keys);
        RevokeApiKey.Map(keys);
    }
}
