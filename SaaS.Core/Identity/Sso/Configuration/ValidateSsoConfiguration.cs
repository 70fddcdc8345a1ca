using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Access;
using SaaS.Core.Http;
using SaaS.Core.Persistence;
using SaaS.Infrastructure.Entra;

namespace SaaS.Core.Identity.Sso.Configuration;

/// <summary>Result of a check of the identity provider.</summary>
/// <param name="Valid">True when its directory was found.</param>
/// <param name="AuthorityUrl">The issuer of its tokens; null when the directory was not found.</param>
/// <param name="AuthorizationUrl">The authorization endpoint.</param>
/// <param name="TokenUrl">The token endpoint.</param>
/// <param name="Error">The reason why it was not found, in plain words.</param>
public sealed record SsoValidation(bool Valid, string? AuthorityUrl, Uri? AuthorizationUrl, Uri? TokenUrl, string? Error);

internal static class ValidateSsoConfiguration
{
    internal static void Map(RouteGroupBuilder tenant) => tenant.MapGet("/config/validate", Handle).RequireTenantRole(TenantRole.Admin);

    /// <summary>Checks with the provider that the configured directory exists.</summary>
    /// <remarks>Application and secret are verified at the first sign-in only: the provider offers no other check.</remarks>
    internal static async Task<Ok<FlatApiResponse<SsoValidation>>> Handle(
        TenantScope scope,
        ControlDbContext db,
        EntraClient entra,
        CancellationToken ct
    )
    {
        var directory = await db
            .SsoConfigurations.Where(candidate => candidate.TenantId == scope.TenantId)
            .Select(candidate => candidate.ProviderTenantId)
            .SingleOrDefaultAsync(ct);
        if (directory is null)
        {
            return Invalid(SsoProblems.NotConfigured.Message);
        }

        try
        {
            var found = await entra.GetEndpointsAsync(directory, ct);
            return ApiResponse.Flat(
                new SsoValidation(true, found.Issuer, found.Authorization, found.Token, Error: null),
                "Configuration checked"
            );
        }
        catch (EntraRejectedException)
        {
            return Invalid($"Microsoft knows no directory {directory}");
        }
        catch (EntraUnavailableException)
        {
            return Invalid(SsoProblems.ProviderUnavailable.Message);
        }

        static Ok<FlatApiResponse<SsoValidation>> Invalid(string error) =>
            ApiResponse.Flat(new SsoValidation(false, null, null, null, error), "Configuration checked");
    }
}
