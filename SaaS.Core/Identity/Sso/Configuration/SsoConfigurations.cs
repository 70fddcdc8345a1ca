using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using SaaS.Core.Access;
using SaaS.Core.Auditing;
using SaaS.Core.Messaging;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy.Catalog;
using SaaS.Core.Tenancy.Members;
using SaaS.Infrastructure.Encryption;
using SaaS.Infrastructure.Entra;

namespace SaaS.Core.Identity.Sso.Configuration;

/// <summary>Shared operations on the identity provider of a tenant.</summary>
internal sealed class SsoConfigurations(
    ControlDbContext db,
    Cipher cipher,
    IOptions<SsoOptions> options,
    IOptions<EntraOptions> entra,
    TimeProvider clock
)
{
    private const int HashLength = 16;

    /// <summary>
    /// Loads the provider and its tenant for a change, under the lock that serializes changes of the tenant's members and sign-in method.
    /// </summary>
    /// <returns>Null when the tenant has no provider.</returns>
    public async Task<(SsoConfiguration Configuration, Tenant Tenant)?> LockAsync(Guid tenantId, CancellationToken ct)
    {
        await db.LockMembersAsync(tenantId, ct);
        return await db.SsoConfigurations.SingleOrDefaultAsync(configuration => configuration.TenantId == tenantId, ct) is { } found
            ? (found, await db.Tenants.SingleAsync(tenant => tenant.Id == tenantId, ct))
            : null;
    }

    /// <summary>Queries the providers through which users can sign in now.</summary>
    public static IQueryable<SsoConfiguration> QueryAvailable(ControlDbContext db) =>
        db
            .SsoConfigurations.Where(configuration => configuration.IsEnabled)
            .Where(configuration =>
                db.Set<Tenant>()
                    .Where(Tenant.IsActive)
                    .Any(tenant => tenant.Id == configuration.TenantId && tenant.AuthMethod != AuthMethod.Local)
            );

    /// <summary>Finds the provider of a tenant if users can sign in through it now.</summary>
    public Task<SsoConfiguration?> FindAvailableAsync(Guid tenantId, CancellationToken ct) =>
        QueryAvailable(db).AsNoTracking().SingleOrDefaultAsync(configuration => configuration.TenantId == tenantId, ct);

    public Task<string> EncryptSecretAsync(Guid tenantId, string secret, CancellationToken ct) =>
        cipher.EncryptAsync(secret, tenantId, SsoConfiguration.SecretPurpose, ct);

    public Task<string> DecryptSecretAsync(SsoConfiguration configuration, CancellationToken ct) =>
        cipher.DecryptAsync(configuration.EncryptedClientSecret, configuration.TenantId, SsoConfiguration.SecretPurpose, ct);

    /// <summary>
    /// Hashes the last four characters of a secret, so that an admin can recognize it and an attacker who cracks the hash learns no more.
    /// </summary>
    public static string HashOf(Guid tenantId, string secret) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{tenantId}{secret[^Math.Min(4, secret.Length)..]}")))[
            ..HashLength
        ];

    /// <summary>Changes the sign-in method of a tenant.</summary>
    public void ChangeAuthMethod(Tenant tenant, AuthMethod method, Guid changedBy)
    {
        if (tenant.AuthMethod != method)
        {
            tenant.AuthMethod = method;
            tenant.UpdatedAt = clock.GetUtcNow();
            db.Outbox.Add(new AuthMethodChanged(method.ToString().ToLowerInvariant(), changedBy), subject: tenant.Id, tenantId: tenant.Id);
        }
    }

    /// <summary>Records a change of the provider in the audit log and the outbox.</summary>
    public void Record(SsoConfiguration configuration, Tenant tenant, Actor actor, TenantAuditAction action, Guid changedBy)
    {
        configuration.UpdatedAt = clock.GetUtcNow();
        db.Outbox.Add(new SsoConfigurationChanged(changedBy), subject: configuration.TenantId, tenantId: configuration.TenantId);
        db.Audit.Record(configuration.TenantId, actor, action, configuration.Id, DescribeChange(configuration, tenant));
    }

    private AuditDetails DescribeChange(SsoConfiguration configuration, Tenant tenant)
    {
        var entry = db.Entry(configuration);
        var details = AuditDetails.Empty.WithChange(db.Entry(tenant), nameof(Tenant.AuthMethod));
        return entry.State is EntityState.Added
            ? details
                .With("provider_tenant_id", configuration.ProviderTenantId)
                .With("client_id", configuration.ClientId)
                .With("is_enabled", configuration.IsEnabled)
                .With("provisions", configuration.Provisions)
            : details
                .WithChange(
                    entry,
                    nameof(configuration.ProviderTenantId),
                    nameof(configuration.ClientId),
                    nameof(configuration.ClientSecretExpiresAt),
                    nameof(configuration.IsEnabled),
                    nameof(configuration.Provisions),
                    nameof(configuration.DefaultRole),
                    nameof(configuration.SyncsAttributes),
                    nameof(configuration.AllowedEmailDomains),
                    nameof(configuration.AllowedGroups),
                    nameof(configuration.GroupRoles)
                )
                .WithReplaced("client_secret", entry.Property(one => one.EncryptedClientSecret).IsModified);
    }

    public SsoConfigurationView CreateView(SsoConfiguration configuration, Tenant tenant, SsoUsage? usage = null)
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
            new SsoMetadata("confidential", AutoProvisioning.From(configuration)),
            configuration.CreatedAt,
            configuration.UpdatedAt,
            configuration.CreatedBy,
            authority,
            $"{authority}/oauth2/v2.0/authorize",
            $"{authority}/oauth2/v2.0/token",
            $"{authority}/oauth2/v2.0/logout",
            usage
        );
    }
}
