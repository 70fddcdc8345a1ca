using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using SaaS.Core.Access;
using SaaS.Core.Auditing;
using SaaS.Core.Http;
using SaaS.Core.Identity.Sessions;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy.Catalog;

namespace SaaS.Core.Identity.Sso.Configuration;

/// <summary>Changes to the identity provider; values that are left out stay unchanged.</summary>
/// <param name="ClientId">The application (client) id.</param>
/// <param name="ClientSecret">A new client secret.</param>
/// <param name="ProviderTenantId">The directory's id, or one of its domains.</param>
/// <param name="IsEnabled">True when users can sign in through it. True enables it beside passwords; false makes passwords the only sign-in
/// method.</param>
/// <param name="ConfigMetadata">Rules for admission and roles; `auto_provisioning` is replaced as a whole.</param>
/// <param name="ClientSecretExpiresAt">When the secret expires.</param>
public sealed record ChangeSsoConfigurationRequest(
    [ClientId] string? ClientId,
    [ClientSecret] string? ClientSecret,
    [Directory] string? ProviderTenantId,
    bool? IsEnabled,
    SsoMetadataRequest? ConfigMetadata,
    DateTimeOffset? ClientSecretExpiresAt
);

internal static class ChangeSsoConfiguration
{
    internal static void Map(RouteGroupBuilder tenant) =>
        tenant
            .MapPut("/config", Handle)
            .RequireTenantRole(TenantRole.Admin)
            .RequireRecentProof()
            .ProducesProblem(SsoProblems.NotConfigured, SsoProblems.NotProved);

    /// <summary>Changes the tenant's identity provider.</summary>
    /// <remarks>
    /// Another directory or application ends the sessions that the previous one opened. An admin has to prove another directory,
    /// application or secret by signing in again; where single sign-on is the only sign-in method, change `auth_method` to both first.
    /// </remarks>
    internal static async Task<Results<Ok<FlatApiResponse<SsoConfigurationView>>, ProblemResult>> Handle(
        ChangeSsoConfigurationRequest request,
        TenantScope scope,
        CurrentUser currentUser,
        ControlDbContext db,
        SsoConfigurations configurations,
        SessionStore liveSessions,
        CancellationToken ct
    )
    {
        var provisioning = request.ConfigMetadata?.AutoProvisioning;
        var encryptedSecret = request.ClientSecret is { } secret
            ? await configurations.EncryptSecretAsync(scope.TenantId, secret, ct)
            : null;
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        if (await configurations.LockAsync(scope.TenantId, ct) is not (var configuration, var tenant))
        {
            return SsoProblems.NotConfigured.ToHttp();
        }

        var before = configuration.Application;
        IReadOnlyList<Guid> ended = [];
        configuration.ProviderTenantId = request.ProviderTenantId?.Trim().ToLowerInvariant() ?? configuration.ProviderTenantId;
        configuration.ClientId = request.ClientId?.Trim() ?? configuration.ClientId;
        if (before != configuration.Application)
        {
            if (tenant.AuthMethod is AuthMethod.Sso && configuration.IsEnabled)
            {
                return SsoProblems.NotProved.ToHttp(); // a typing error would lock out all members
            }

            configuration.ProvedAt = null;
            ended = await liveSessions.EndSsoAsync(scope.TenantId, ct); // the previous provider authenticated these sessions
        }

        if (encryptedSecret is not null)
        {
            configuration.EncryptedClientSecret = encryptedSecret;
            configuration.ClientSecretHash = SsoConfigurations.HashOf(scope.TenantId, request.ClientSecret!);
            configuration.ClientSecretExpiresAt = null; // the expiry belonged to the previous secret
            configuration.WarnedDaysBefore = null;
        }

        if (request.ClientSecretExpiresAt is { } expiry)
        {
            configuration.ClientSecretExpiresAt = expiry.ToUniversalTime();
            configuration.WarnedDaysBefore = null;
        }

        if (request.IsEnabled is { } enabled)
        {
            configuration.IsEnabled = enabled;
            if (enabled is false || tenant.AuthMethod is AuthMethod.Local)
            {
                configurations.ChangeAuthMethod(tenant, enabled ? AuthMethod.Both : AuthMethod.Local, currentUser.UserId);
            }
        }

        provisioning?.ApplyTo(configuration);
        configurations.Record(configuration, tenant, scope.Actor, AuditAction.SsoConfigurationChanged, currentUser.UserId);
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
        liveSessions.EvictFromCache(ended);
        return ApiResponse.Flat(configurations.CreateView(configuration, tenant), "Single sign-on configuration changed");
    }
}
