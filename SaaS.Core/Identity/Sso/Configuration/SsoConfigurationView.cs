using SaaS.Core.Tenancy.Catalog;

namespace SaaS.Core.Identity.Sso.Configuration;

/// <summary>The identity provider of a tenant, without its client secret.</summary>
/// <param name="Id">The configuration's id.</param>
/// <param name="TenantId">The tenant's id.</param>
/// <param name="ProviderType">Always azure_ad.</param>
/// <param name="ProviderTenantId">The directory's GUID, or one of its domains.</param>
/// <param name="ClientId">The application that is registered in the directory for this platform.</param>
/// <param name="HasClientSecret">Always true: a configuration has a client secret.</param>
/// <param name="ClientSecretHash">16 hexadecimal digits: the beginning of SHA-256 over the tenant's id and the secret's last four
/// characters. It identifies the stored secret to an admin who has it.</param>
/// <param name="ClientSecretExpiresAt">When the secret expires (UTC), null when unknown; admins are notified 30, 7 and 1 days
/// before.</param>
/// <param name="RedirectUri">The redirect URI to register in the directory.</param>
/// <param name="IsEnabled">True when users can sign in through it.</param>
/// <param name="AuthMethod">How members sign in: local, sso or both.</param>
/// <param name="IsProved">True when an admin has signed in through it, so that it may become the only sign-in method.</param>
/// <param name="ConfigMetadata">Rules for admission and roles.</param>
/// <param name="CreatedAt">When the configuration was created (UTC).</param>
/// <param name="UpdatedAt">When the configuration was last changed (UTC).</param>
/// <param name="CreatedBy">The id of the user who created it.</param>
/// <param name="AuthorityUrl">The authority URL of the directory.</param>
/// <param name="AuthorizationUrl">The authorization endpoint.</param>
/// <param name="TokenUrl">The token endpoint.</param>
/// <param name="LogoutUrl">The sign-out endpoint.</param>
/// <param name="Statistics">Usage statistics; only with `include_stats=true`.</param>
public sealed record SsoConfigurationView(
    Guid Id,
    Guid TenantId,
    string ProviderType,
    string ProviderTenantId,
    string ClientId,
    bool HasClientSecret,
    string ClientSecretHash,
    DateTimeOffset? ClientSecretExpiresAt,
    Uri RedirectUri,
    bool IsEnabled,
    AuthMethod AuthMethod,
    bool IsProved,
    SsoMetadata ConfigMetadata,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt,
    Guid CreatedBy,
    string AuthorityUrl,
    string AuthorizationUrl,
    string TokenUrl,
    string LogoutUrl,
    SsoUsage? Statistics = null
);

/// <summary>Further settings of a provider.</summary>
/// <param name="AppType">Always confidential: the application has a client secret.</param>
/// <param name="AutoProvisioning">Rules for users who become members by signing in.</param>
public sealed record SsoMetadata(string AppType, AutoProvisioning AutoProvisioning);

/// <summary>Usage of a provider.</summary>
/// <param name="TotalAzureIdentities">Users who have signed in through it.</param>
/// <param name="ActiveUsers">Those of them whose accounts are active.</param>
/// <param name="AzureTenants">The ids of their directories.</param>
public sealed record SsoUsage(int TotalAzureIdentities, int ActiveUsers, IReadOnlyList<Guid> AzureTenants);
