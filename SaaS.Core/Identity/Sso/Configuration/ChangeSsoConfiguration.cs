using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using SaaS.Core.Access;
using SaaS.Core.Auditing;
using SaaS.Core.Http;
using SaaS.Core.Identity.Sessions;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy;

namespace SaaS.Core.Identity.Sso.Configuration;

/// <summary>What is to be otherwise about the identity provider; what is left out stays.</summary>
/// <param name="ClientId">The application (client) id.</param>
/// <param name="ClientSecret">A new client secret.</param>
/// <param name="ProviderTenantId">The directory's id, or one of its domains.</param>
/// <param name="IsEnabled">Whether people can sign in by it. True lets members in by it beside their passwords; false makes passwords the only way.</param>
/// <param name="ConfigMetadata">Who is let in, and as what; `auto_provisioning` is replaced as a whole.</param>
/// <param name="ClientSecretExpiresAt">When the secret expires.</param>
public sealed record ChangeSsoConfigurationRequest(
    [ClientId] string? ClientId,
    [ClientSecret] string? ClientSecret,
    [Directory] string? ProviderTenantId,
    bool? IsEnabled,
    SsoMetadataRequest? ConfigMetadata,
    DateTimeOffset? ClientSecretExpiresAt);

internal static class ChangeSsoConfiguration
{
    internal static void Map(RouteGroupBuilder tenant) =>
        tenant.MapPut("/config", Handle).RequireTenantRole(TenantRole.Admin).ProducesProblem(SsoProblems.NotConfigured, SsoProblems.NotProved);

    /// <summary>Changes the tenant's identity provider.</summary>
    /// <remarks>Another directory or application ends the sessions that the one before opened. Another directory, application or secret has to be proved anew by an admin's sign-in; where single sign-on is the only way in, change `auth_method` to both first.</remarks>
    internal static async Task<Results<Ok<FlatApiResponse<SsoConfigurationView>>, ProblemResult>> Handle(
        ChangeSsoConfigurationRequest request, TenantScope scope, CurrentUser currentUser, ControlDbContext db, SsoConfigurations configurations, SessionStore liveSessions, CancellationToken ct)
    {
        var provisioning = request.ConfigMetadata?.AutoProvisioning;
        var sealedSecret = request.ClientSecret is { } secret ? await configurations.SealSecretAsync(scope.TenantId, secret, ct) : null;
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
                return SsoProblems.NotProved.ToHttp(); // whoever typed it wrong would have shut everybody out
            }

            configuration.ProvedAt = null;
            ended = await liveSessions.EndSsoAsync(scope.TenantId, ct); // another provider vouched for them
        }

        if (sealedSecret is not null)
        {
            configuration.SealedClientSecret = sealedSecret;
            configuration.ClientSecretHash = SsoConfigurations.HashOf(scope.TenantId, request.ClientSecret!);
            configuration.ClientSecretExpiresAt = null; // that was the other one's
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
        liveSessions.Forget(ended);
        return ApiResponse.Flat(configurations.ViewOf(configuration, tenant), "Single sign-on configuration changed");
    }
}
