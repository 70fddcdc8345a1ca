using SaaS.Core.Tenancy;

namespace SaaS.Core.Identity.Sso.Configuration;

/// <summary>The identity provider of a tenant. Its client secret is shown to nobody.</summary>
/// <param name="Id">The configuration's id.</param>
/// <param name="TenantId">The tenant's id.</param>
/// <param name="ProviderType">Always azure_ad.</param>
/// <param name="ProviderTenantId">The directory's GUID, or one of its domains.</param>
/// <param name="ClientId">The application that was registered there for this platform.</param>
/// <param name="HasClientSecret">Always true: without one there is no configuration.</param>
/// <param name="ClientSecretHash">16 hexadecimal digits: the beginning of SHA-256 over the tenant's id and the secret's last four characters. Whoever has the secret can tell by it whether it is this one.</param>
/// <param name="ClientSecretExpiresAt">When the secret expires (UTC), if somebody has said so; admins are warned 30, 7 and 1 days before.</param>
/// <param name="RedirectUri">What has to be entered in the directory as redirect address.</param>
/// <param name="IsEnabled">Whether people can sign in by it.</param>
/// <param name="AuthMethod">How members sign in: local, sso or both.</param>
/// <param name="IsProved">Whether an admin has signed in by it, so that it may become the only way.</param>
/// <param name="ConfigMetadata">Who is let in, and as what.</param>
/// <param name="CreatedAt">When it was made (UTC).</param>
/// <param name="UpdatedAt">When it was last changed (UTC).</param>
/// <param name="CreatedBy">Who made it.</param>
/// <param name="AuthorityUrl">Where the directory is.</param>
/// <param name="AuthorizationUrl">Where people sign in.</param>
/// <param name="TokenUrl">Where codes are exchanged.</param>
/// <param name="LogoutUrl">Where people sign out.</param>
/// <param name="Statistics">Who uses it; only with `include_stats=true`.</param>
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
    SsoUsage? Statistics = null);

/// <summary>What else is said of a provider.</summary>
/// <param name="AppType">Always confidential: the application has a client secret.</param>
/// <param name="AutoProvisioning">Who becomes a member by signing in, and as what.</param>
public sealed record SsoMetadata(string AppType, AutoProvisioning AutoProvisioning);

/// <summary>Who uses a provider.</summary>
/// <param name="TotalAzureIdentities">People who have signed in by it.</param>
/// <param name="ActiveUsers">Those of them whose accounts may sign in.</param>
/// <param name="AzureTenants">The directories that they are in.</param>
public sealed record SsoUsage(int TotalAzureIdentities, int ActiveUsers, IReadOnlyList<Guid> AzureTenants);
