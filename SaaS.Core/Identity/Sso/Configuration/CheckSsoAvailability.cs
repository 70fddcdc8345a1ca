using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using SaaS.Core.Http;
using SaaS.Core.Identity.Sso.SignIn;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy;

namespace SaaS.Core.Identity.Sso.Configuration;

/// <summary>Whether one can sign in to a tenant through its identity provider.</summary>
/// <param name="Available">Whether one can.</param>
/// <param name="AuthMethod">sso or both; local when one cannot.</param>
/// <param name="Provider">azure_ad; null when there is none.</param>
/// <param name="AutoProvisioning">Whether one becomes a member by that.</param>
/// <param name="SsoLoginUrl">Where the browser goes; null when one cannot.</param>
/// <param name="Error">Why one cannot.</param>
public sealed record SsoAvailability(bool Available, AuthMethod AuthMethod, string? Provider, bool AutoProvisioning, Uri? SsoLoginUrl, string? Error);

internal static class CheckSsoAvailability
{
    internal static void Map(RouteGroupBuilder sso) => sso.MapGet("/check-availability/{tenantId:guid}", Handle).AllowAnonymous();

    /// <summary>Says whether one can sign in to a tenant through its identity provider.</summary>
    /// <remarks>A tenant without an identity provider and one that is not there have the same answer.</remarks>
    internal static async Task<Ok<FlatApiResponse<SsoAvailability>>> Handle(
        Guid tenantId, ControlDbContext db, SsoConfigurations configurations, IOptions<SsoOptions> options, CancellationToken ct)
    {
        if (await configurations.FindOpenAsync(tenantId, ct) is not { } configuration)
        {
            return ApiResponse.Flat(new SsoAvailability(false, AuthMethod.Local, Provider: null, AutoProvisioning: false, SsoLoginUrl: null, SsoProblems.NotAvailable.Message), SsoProblems.NotAvailable.Message);
        }

        var method = await db.Tenants.Where(tenant => tenant.Id == tenantId).Select(tenant => tenant.AuthMethod).SingleAsync(ct);
        return ApiResponse.Flat(new SsoAvailability(true, method, SsoConfiguration.ProviderType, configuration.Provisions, StartSsoSignIn.AddressOf(tenantId, options.Value), Error: null), "Single sign-on is available");
    }
}
