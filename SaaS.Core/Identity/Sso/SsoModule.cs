using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using SaaS.Core.Access;
using SaaS.Core.Encryption;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Identity.Sso.BreakGlass;
using SaaS.Core.Identity.Sso.Configuration;
using SaaS.Core.Identity.Sso.SignIn;
using SaaS.Core.Jobs;
using SaaS.Core.Messaging;
using SaaS.Core.Persistence;
using SaaS.Infrastructure.Settings;

namespace SaaS.Core.Identity.Sso;

/// <summary>
/// Single sign-on through the identity provider of a tenant, Microsoft Entra ID: its configuration and domains, the sign-in flow, and the
/// identities and provider tokens of linked users. A break-glass admin can sign in when the provider fails.
/// </summary>
internal static class SsoModule
{
    extension(ControlDbContext db)
    {
        public DbSet<SsoConfiguration> SsoConfigurations => db.Set<SsoConfiguration>();

        public DbSet<SsoDomain> SsoDomains => db.Set<SsoDomain>();

        public DbSet<SsoIdentity> SsoIdentities => db.Set<SsoIdentity>();

        public DbSet<SsoFlow> SsoFlows => db.Set<SsoFlow>();

        public DbSet<SsoActivity> SsoActivities => db.Set<SsoActivity>();

        public DbSet<BreakGlassAdmin> BreakGlassAdmins => db.Set<BreakGlassAdmin>();
    }

    public static void AddSso(this IHostApplicationBuilder builder)
    {
        var isDevelopment = builder.Environment.IsDevelopment();
        var services = builder.Services;
        services
            .AddSettings<SsoOptions>("Sso")
            .PostConfigure(options =>
                options.ReturnOrigins = options.ReturnOrigins is []
                    ? builder.Configuration.GetSection("Cors:Origins").Get<string[]>() ?? []
                    : options.ReturnOrigins
            )
            .Validate(
                options => options.CallbackAddress is null || options.HasAddresses,
                "Sso: CallbackAddress must be an absolute URL, and each of ReturnOrigins an origin (scheme, host and port), such as https://app.example.com."
            )
            .Validate(
                options => options.RequireVerifiedDomains || isDevelopment,
                "Sso:RequireVerifiedDomains can be switched off in development only: without it any tenant's directory could take over accounts."
            );
        services.AddSingleton<EncryptedColumn>(
            new EncryptedColumn<SsoConfiguration>(
                SsoConfiguration.SecretPurpose,
                nameof(SsoConfiguration.TenantId),
                nameof(SsoConfiguration.Id),
                nameof(SsoConfiguration.EncryptedClientSecret)
            )
        );
        services.AddSingleton<EncryptedColumn>(
            new EncryptedColumn<SsoIdentity>(
                SsoIdentity.TokenPurpose,
                nameof(SsoIdentity.TenantId),
                nameof(SsoIdentity.Id),
                nameof(SsoIdentity.EncryptedAccessToken)
            )
        );
        services.AddSingleton<EncryptedColumn>(
            new EncryptedColumn<SsoIdentity>(
                SsoIdentity.TokenPurpose,
                nameof(SsoIdentity.TenantId),
                nameof(SsoIdentity.Id),
                nameof(SsoIdentity.EncryptedRefreshToken)
            )
        );
        services.AddSingleton<EncryptedColumn>(
            new EncryptedColumn<BreakGlassAdmin>(
                BreakGlassAdmin.SecretPurpose,
                nameof(BreakGlassAdmin.TenantId),
                nameof(BreakGlassAdmin.UserId),
                nameof(BreakGlassAdmin.EncryptedSecret)
            )
        );
        services.AddSingleton<ReturnUrls>();
        services.AddScoped<SsoConfigurations>();
        services.AddScoped<SsoFlows>();
        services.AddScoped<SsoErrorResponse>();
        services.AddScoped<AuthenticateWithProvider>();
        services.AddScoped<ProvisionSsoUser>();
        services.AddScoped<SsoAdmissionRules>();
        services.AddScoped<SwitchTenant>();
        services.AddScoped<CredentialRevoker, SsoRevoker>();
        services.AddScoped<CompleteSsoSignIn>();
        services.AddScoped<ProviderTokens>();
        services.AddScoped<OneTimePasswordVerifier>();
        services.AddScoped<TestSso>();
        services.AddPlatformConsumer<NotifySecretExpiring, SsoSecretExpiring>(NotifySecretExpiring.Name);
        services.AddPlatformConsumer<NotifyDomainRecordMissing, SsoDomainRecordMissing>(NotifyDomainRecordMissing.Name);
        services.AddJob<RefreshSsoTokensJob>(
            RefreshSsoTokensJob.Name,
            "Refreshes provider tokens before they expire",
            cron: "0 0/15 * * * ?"
        );
        services.AddJob<PurgeSsoTokensJob>(
            PurgeSsoTokensJob.Name,
            "Purges unusable provider tokens, unfinished sign-ins and expired activity records",
            cron: "0 0 2 * * ?"
        );
        services.AddJob<NotifyExpiringSecretsJob>(
            NotifyExpiringSecretsJob.Name,
            "Notifies tenants' admins of expiring client secrets",
            cron: "0 0 6 * * ?"
        );
        services.AddJob<ReverifySsoDomainsJob>(
            ReverifySsoDomainsJob.Name,
            "Checks the TXT records of verified domains again",
            cron: "0 30 5 * * ?"
        );
    }

    public static void MapSso(this IEndpointRouteBuilder routes)
    {
        var tenant = routes.MapTenantGroup("/api/tenants/{tenantId:guid}/sso").WithTags("Single sign-on");
        GetSsoConfiguration.Map(tenant);
        CreateSsoConfiguration.Map(tenant);
        ChangeSsoConfiguration.Map(tenant);
        RemoveSsoConfiguration.Map(tenant);
        EnableSso.Map(tenant);
        DisableSso.Map(tenant);
        ValidateSsoConfiguration.Map(tenant);
        ChangeAutoProvisioning.Map(tenant);
        GetSsoStatistics.Map(tenant);
        AddSsoDomain.Map(tenant);
        ListSsoDomains.Map(tenant);
        VerifySsoDomain.Map(tenant);
        RemoveSsoDomain.Map(tenant);
        AddBreakGlassAdmin.Map(tenant);
        ConfirmBreakGlassAdmin.Map(tenant);
        ListBreakGlassAdmins.Map(tenant);
        RemoveBreakGlassAdmin.Map(tenant);
        ListSsoConfigurations.Map(routes.MapPlatformGroup("").WithTags("Administration"));

        var sso = routes.MapGroup("/api/auth/sso").WithTags("Single sign-on");
        StartSsoSignIn.Map(sso);
        CompleteSsoSignIn.Map(sso);
        ExchangeSsoCode.Map(sso);
        LinkSsoAccount.Map(sso);
        BreakGlassSignIn.Map(sso);
        DetectSso.Map(sso);
        CheckSsoAvailability.Map(sso);
        RefreshSsoTokens.Map(sso);
        GetSsoUserInfo.Map(sso);
        SignOutOfSso.Map(sso);
        SwitchTenant.Map(sso);

        var users = routes.MapGroup("/api/users").WithTags("Users");
        ListSsoIdentities.Map(sso, users);
        UnlinkSsoIdentity.Map(users);
    }
}
