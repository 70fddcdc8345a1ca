using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Access;
using SaaS.Core.Auditing;
using SaaS.Core.Http;
using SaaS.Core.Idempotency;
using SaaS.Core.Identity.Sessions;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy.Catalog;
using SaaS.Core.Tenancy.Members;
using SaaS.Infrastructure.Postgres;

namespace SaaS.Core.Identity.Sso.Configuration;

/// <summary>The identity provider of a tenant.</summary>
/// <param name="ClientId">The application (client) id of the application registered in the directory: at most 255 characters.</param>
/// <param name="ClientSecret">Its client secret: at most 500 characters. It is stored encrypted and never shown.</param>
/// <param name="ProviderTenantId">The directory (tenant) id, or one of the directory's domains.</param>
/// <param name="Provider">azure_ad, the only supported provider; optional.</param>
/// <param name="ConfigMetadata">Rules for admission and roles.</param>
/// <param name="Enable">True when users can sign in through it at once, beside their passwords; false unless given.</param>
/// <param name="ClientSecretExpiresAt">When the secret expires; the tenant's admins are notified before that.</param>
public sealed record CreateSsoConfigurationRequest(
    [Required, ClientId] string ClientId,
    [Required, ClientSecret] string ClientSecret,
    [Required, Directory] string ProviderTenantId,
    [OneOf(SsoConfiguration.ProviderType)] string? Provider,
    SsoMetadataRequest? ConfigMetadata,
    bool? Enable,
    DateTimeOffset? ClientSecretExpiresAt
);

/// <summary>Further settings of a provider.</summary>
/// <param name="AppType">confidential; optional.</param>
/// <param name="AutoProvisioning">Rules for users who become members by signing in.</param>
public sealed record SsoMetadataRequest([OneOf("confidential")] string? AppType, AutoProvisioning? AutoProvisioning);

internal static class CreateSsoConfiguration
{
    internal static void Map(RouteGroupBuilder tenant) =>
        tenant
            .MapPost("/config", Handle)
            // A fingerprint of the whole secret could be brute-forced.
            .Idempotent<CreateSsoConfigurationRequest>(request =>
                request with
                {
                    ClientSecret = SsoConfigurations.HashOf(Guid.Empty, request.ClientSecret),
                }
            )
            .RequireTenantRole(TenantRole.Admin)
            .RequireRecentProof()
            .ProducesProblem(SsoProblems.AlreadyConfigured);

    /// <summary>Configures the tenant's identity provider.</summary>
    /// <remarks>Register the `redirect_uri` of the response in the directory as a redirect URI of the platform Web.</remarks>
    internal static async Task<Results<Created<FlatApiResponse<SsoConfigurationView>>, ProblemResult>> Handle(
        CreateSsoConfigurationRequest request,
        TenantScope scope,
        CurrentUser currentUser,
        ControlDbContext db,
        IdempotencyContext keyed,
        [AsParameters] Services services,
        CancellationToken ct
    )
    {
        var (configurations, liveSessions, clock) = services;
        var provisioning = request.ConfigMetadata?.AutoProvisioning ?? new AutoProvisioning();
        var now = clock.GetUtcNow();
        var configuration = new SsoConfiguration
        {
            Id = Guid.CreateVersion7(now),
            TenantId = scope.TenantId,
            ProviderTenantId = request.ProviderTenantId.Trim().ToLowerInvariant(),
            ClientId = request.ClientId.Trim(),
            EncryptedClientSecret = await configurations.EncryptSecretAsync(scope.TenantId, request.ClientSecret, ct),
            ClientSecretHash = SsoConfigurations.HashOf(scope.TenantId, request.ClientSecret),
            ClientSecretExpiresAt = request.ClientSecretExpiresAt?.ToUniversalTime(),
            IsEnabled = request.Enable ?? false,
            CreatedBy = currentUser.UserId,
            CreatedAt = now,
            UpdatedAt = now,
        };
        provisioning.ApplyTo(configuration);

        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        await db.LockMembersAsync(scope.TenantId, ct);
        var tenant = await db.Tenants.SingleAsync(candidate => candidate.Id == scope.TenantId, ct);
        db.SsoConfigurations.Add(configuration);
        if (configuration.IsEnabled)
        {
            configurations.ChangeAuthMethod(tenant, AuthMethod.Both, currentUser.UserId);
        }

        configurations.Record(configuration, tenant, scope.Actor, AuditAction.SsoConfigured, currentUser.UserId);

        var answer = keyed.StoreResponse(
            db,
            ApiResponse.CreatedFlat(
                $"/api/tenants/{scope.TenantId}/sso/config",
                configurations.CreateView(configuration, tenant),
                "Single sign-on configured"
            )
        );
        try
        {
            await db.SaveChangesAsync(ct);
        }
        catch (DbUpdateException e) when (e.IsUniqueViolation(SsoConfiguration.Mapping.Key))
        {
            return SsoProblems.AlreadyConfigured.ToHttp();
        }

        // A removed provider authenticated these sessions, and the new one would admit them again.
        var ended = await liveSessions.EndSsoAsync(scope.TenantId, ct);
        await transaction.CommitAsync(ct);
        liveSessions.EvictFromCache(ended);
        return answer;
    }

    internal sealed record Services(SsoConfigurations Configurations, SessionStore SessionStore, TimeProvider Clock);
}
