using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using SaaS.Core.Http;
using SaaS.Core.Identity.Sso.SignIn;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy.Catalog;

namespace SaaS.Core.Identity.Sso.Configuration;

/// <summary>The availability of single sign-on for a tenant.</summary>
/// <param name="Available">True when single sign-on is available.</param>
/// <param name="AuthMethod">sso or both; local when single sign-on is not available.</param>
/// <param name="Provider">azure_ad; null when not available.</param>
/// <param name="AutoProvisioning">True when users become members by signing in.</param>
/// <param name="SsoLoginUrl">The URL at which the browser starts the sign-in; null when not available.</param>
/// <param name="Error">The reason when not available.</param>
public sealed record SsoAvailability(
    bool Available,
    AuthMethod AuthMethod,
    string? Provider,
    bool AutoProvisioning,
    Uri? SsoLoginUrl,
    string? Error
);

internal static class CheckSsoAvailability
{
    internal static void Map(RouteGroupBuilder sso) => sso.MapGet("/check-availability/{tenantId:guid}", Handle).AllowAnonymous();

    /// <summary>Checks if users can sign in to a tenant through its identity provider.</summary>
    /// <remarks>A tenant without an identity provider and a tenant that does not exist get the same response.</remarks>
    internal static async Task<Ok<FlatApiResponse<SsoAvailability>>> Handle(
        Guid tenantId,
        ControlDbContext db,
        SsoConfigurations configurations,
        IOptions<SsoOptions> options,
        CancellationToken ct
    )
    {
        if (await configurations.FindAvailableAsync(tenantId, ct) is not { } configuration)
        {
            return ApiResponse.Flat(
                new SsoAvailability(
                    false,
                    AuthMethod.Local,
                    Provider: null,
                    AutoProvisioning: false,
                    SsoLoginUrl: null,
                    SsoProblems.NotAvailable.Message
                ),
                SsoProblems.NotAvailable.Message
            );
        }

        var method = await db.Tenants.Where(tenant => tenant.Id == tenantId).Select(tenant => tenant.AuthMethod).SingleAsync(ct);
        return ApiResponse.Flat(
            new SsoAvailability(
                true,
                method,
                SsoConfiguration.ProviderType,
                configuration.Provisions,
                StartSsoSignIn.AddressOf(tenantId, options.Value),
                Error: null
            ),
            "Single sign-on is available"
        );
    }
}
