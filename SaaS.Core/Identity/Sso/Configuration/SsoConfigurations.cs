using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using SaaS.Core.Access;
using SaaS.Core.Auditing;
using SaaS.Core.Messaging;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy;
using SaaS.Core.Tenancy.Members;
using SaaS.Infrastructure.Encryption;
using SaaS.Infrastructure.Entra;

namespace SaaS.Core.Identity.Sso.Configuration;

/// <summary>What the use cases around a tenant's identity provider have in common.</summary>
internal sealed class SsoConfigurations(ControlDbContext db, Cipher cipher, IOptions<SsoOptions> options, IOptions<EntraOptions> entra, TimeProvider clock)
{
    private const int HashLength = 16;

    /// <summary>The provider and its tenant, to be changed; waits for every other change of the tenant's members and of how they sign in.</summary>
    /// <returns>Null when the tenant has none.</returns>
    public async Task<(SsoConfiguration Configuration, Tenant Tenant)?> LockAsync(Guid tenantId, CancellationToken ct)
    {
        await db.LockMembersAsync(tenantId, ct);
        return await db.SsoConfigurations.SingleOrDefaultAsync(configuration => configuration.TenantId == tenantId, ct) is { } found
            ? (found, await db.Tenants.SingleAsync(tenant => tenant.Id == tenantId, ct))
            : null;
    }

    /// <summary>The providers by which people can sign in at this moment.</summary>
    public static IQueryable<SsoConfiguration> Open(ControlDbContext db) =>
        db.SsoConfigurations
            .Where(configuration => configuration.IsEnabled)
            .Where(configuration => db.Tenants.Where(Tenant.IsOpen).Any(tenant => tenant.Id == configuration.TenantId && tenant.AuthMethod != AuthMethod.Local));

    /// <summary>The one of a tenant.</summary>
    public Task<SsoConfiguration?> FindOpenAsync(Guid tenantId, CancellationToken ct) =>
        Open(db).AsNoTracking().SingleOrDefaultAsync(configuration => configuration.TenantId == tenantId, ct);

    public Task<string> SealSecretAsync(Guid tenantId, string secret, CancellationToken ct) => cipher.EncryptAsync(secret, tenantId, SsoConfiguration.SecretPurpose, ct);

    public Task<string> SecretOfAsync(SsoConfiguration configuration, CancellationToken ct) => cipher.DecryptAsync(configuration.SealedClientSecret, configuration.TenantId, SsoConfiguration.SecretPurpose, ct);

    /// <summary>By which whoever has a secret recognises it, and nobody guesses more of it than its end.</summary>
    public static string HashOf(Guid tenantId, string secret) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{tenantId}{secret[^Math.Min(4, secret.Length)..]}")))[..HashLength];

    /// <summary>Gives a tenant another way in.</summary>
    public void ChangeAuthMethod(Tenant tenant, AuthMethod method, Guid changedBy)
    {
        if (tenant.AuthMethod != method)
        {
            tenant.AuthMethod = method;
            tenant.UpdatedAt = clock.GetUtcNow();
            db.Outbox.Add(new AuthMethodChanged(method.ToString().ToLowerInvariant(), changedBy), subject: tenant.Id, tenantId: tenant.Id);
        }
    }

    /// <summary>Records a change of the provider, and who made it.</summary>
    public void Record(SsoConfiguration configuration, Tenant tenant, Actor actor, TenantAuditAction action, Guid changedBy)
    {
        configuration.UpdatedAt = clock.GetUtcNow();
        db.Outbox.Add(new SsoConfigurationChanged(changedBy), subject: configuration.TenantId, tenantId: configuration.TenantId);
        db.Audit.Record(configuration.TenantId, actor, action, configuration.Id, DescribeChange(configuration, tenant));
    }

    private AuditDetails DescribeChange(SsoConfiguration configuration, Tenant tenant)
    {
        var entry = db.Entry(configuration);
        var details = AuditDetails.None.Changed(db.Entry(tenant), nameof(Tenant.AuthMethod));
        return entry.State is EntityState.Added
            ? details.With("provider_tenant_id", configuration.ProviderTenantId).With("client_id", configuration.ClientId).With("is_enabled", configuration.IsEnabled).With("provisions", configuration.Provisions)
            : details
                .Changed(
                    entry, nameof(configuration.ProviderTenantId), nameof(configuration.ClientId), nameof(configuration.ClientSecretExpiresAt), nameof(configuration.IsEnabled), nameof(configuration.Provisions),
                    nameof(configuration.DefaultRole), nameof(configuration.SyncsAttributes), nameof(configuration.AllowedEmailDomains), nameof(configuration.AllowedGroups), nameof(configuration.GroupRoles))
                .Replaced("client_secret", entry.Property(one => one.SealedClientSecret).IsModified);
    }

    public SsoConfigurationView ViewOf(SsoConfiguration configuration, Tenant tenant, SsoUsage? usage = null)
    {
        var authority = entra.Value.AddressOf(configuration.ProviderTenantId);
        return new SsoConfigurationView(
            configuration.Id,
            configuration.TenantId,
            SsoConfiguration.ProviderType,
            configuration.ProviderTenantId,
            configuration.ClientId,
            HasClientSecret: true,
            configuration.ClientSecretHash,
            configuration.ClientSecretExpiresAt,
            options.Value.CallbackAddress,
            configuration.IsEnabled,
            tenant.AuthMethod,
            IsProved: configuration.ProvedAt is not null,
            new SsoMetadata("confidential", AutoProvisioning.Of(configuration)),
            configuration.CreatedAt,
            configuration.UpdatedAt,
            configuration.CreatedBy,
            authority,
            $"{authority}/oauth2/v2.0/authorize",
            $"{authority}/oauth2/v2.0/token",
            $"{authority}/oauth2/v2.0/logout",
            usage);
    }
}
