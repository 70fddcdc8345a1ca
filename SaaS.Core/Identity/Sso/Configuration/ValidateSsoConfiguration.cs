using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Access;
using SaaS.Core.Http;
using SaaS.Core.Persistence;
using SaaS.Infrastructure.Entra;

namespace SaaS.Core.Identity.Sso.Configuration;

/// <summary>Whether the identity provider can be spoken to.</summary>
/// <param name="Valid">Whether its directory was found.</param>
/// <param name="AuthorityUrl">Who issues its tokens; null when it was not found.</param>
/// <param name="AuthorizationUrl">Where people sign in.</param>
/// <param name="TokenUrl">Where codes are exchanged.</param>
/// <param name="Error">Why it was not found, in plain words.</param>
public sealed record SsoValidation(bool Valid, string? AuthorityUrl, Uri? AuthorizationUrl, Uri? TokenUrl, string? Error);

internal static class ValidateSsoConfiguration
{
    internal static void Map(RouteGroupBuilder tenant) =>
        tenant.MapGet("/config/validate", Handle).RequireTenantRole(TenantRole.Admin);

    /// <summary>Asks the provider whether there is such a directory.</summary>
    /// <remarks>Application and secret show at the first sign-in only: the provider does not say without one.</remarks>
    internal static async Task<Ok<FlatApiResponse<SsoValidation>>> Handle(TenantScope scope, ControlDbContext db, EntraClient entra, CancellationToken ct)
    {
        var directory = await db.SsoConfigurations.Where(candidate => candidate.TenantId == scope.TenantId).Select(candidate => candidate.ProviderTenantId).SingleOrDefaultAsync(ct);
        if (directory is null)
        {
            return Invalid(SsoProblems.NotConfigured.Message);
        }

        try
        {
            var found = await entra.EndpointsAsync(directory, ct);
            return ApiResponse.Flat(new SsoValidation(true, found.Issuer, found.Authorization, found.Token, Error: null), "Configuration checked");
        }
        catch (EntraRejectedException)
        {
            return Invalid($"Microsoft knows no directory {directory}");
        }
        catch (EntraUnavailableException)
        {
            return Invalid(SsoProblems.ProviderAway.Message);
        }

        static Ok<FlatApiResponse<SsoValidation>> Invalid(string error) => ApiResponse.Flat(new SsoValidation(false, null, null, null, error), "Configuration checked");
    }
}
