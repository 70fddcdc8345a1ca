using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using SaaS.Core.Http;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Identity.Sso.Configuration;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy.Catalog;
using SaaS.Infrastructure.Postgres;

namespace SaaS.Core.Identity.Sso.SignIn;

/// <summary>The e-mail address entered on a sign-in page.</summary>
/// <param name="Email">The e-mail address.</param>
public sealed record DetectSsoRequest([Required, Email] string Email);

/// <summary>The sign-in options for an e-mail address.</summary>
/// <param name="HasSso">True when a tenant was found.</param>
/// <param name="Tenants">The tenants that own the address's domain.</param>
public sealed record SsoDetection(bool HasSso, IReadOnlyList<DetectedTenant> Tenants);

/// <summary>A tenant with single sign-on.</summary>
/// <param name="TenantId">The tenant's id.</param>
/// <param name="TenantName">The tenant's name.</param>
/// <param name="Provider">Always azure_ad.</param>
/// <param name="LoginUrl">The URL at which the browser starts the sign-in.</param>
public sealed record DetectedTenant(Guid TenantId, string TenantName, string Provider, Uri LoginUrl);

internal static class DetectSso
{
    private const int MaxTenants = 20;

    internal static void Map(RouteGroupBuilder sso) =>
        sso.MapPost("/detect", Handle).AllowAnonymous().ProducesProblem(HttpProblems.BadRequest);

    /// <summary>Finds the tenants through whose identity providers users with an e-mail address sign in.</summary>
    /// <remarks>
    /// Only the domain of the address counts, and only for a tenant that has verified it; the response does not reveal if an account
    /// exists.
    /// </remarks>
    internal static async Task<Ok<FlatApiResponse<SsoDetection>>> Handle(
        DetectSsoRequest request,
        ControlDbContext db,
        IOptions<SsoOptions> options,
        CancellationToken ct
    )
    {
        var domain = EmailAddress.Parse(request.Email).Domain;
        var isProofNeeded = options.Value.RequireVerifiedDomains;
        var found = await SsoConfigurations
            .QueryAvailable(db)
            .Where(configuration =>
                db.Set<SsoDomain>().Any(one => one.TenantId == configuration.TenantId && one.Domain == domain && one.VerifiedAt != null)
                || (!isProofNeeded && configuration.AllowedEmailDomains.Contains(domain))
            )
            .Join(db.Tenants, configuration => configuration.TenantId, tenant => tenant.Id, (_, tenant) => new { tenant.Id, tenant.Name })
            .OrderBy(tenant => EF.Functions.Collate(tenant.Name, Sql.LetterOrder))
            .ThenBy(tenant => tenant.Id)
            .Take(MaxTenants)
            .ToListAsync(ct);
        return ApiResponse.Flat(
            new SsoDetection(
                found.Count > 0,
                found.ConvertAll(tenant => new DetectedTenant(
                    tenant.Id,
                    tenant.Name,
                    SsoConfiguration.ProviderType,
                    StartSsoSignIn.AddressOf(tenant.Id, options.Value)
                ))
            ),
            found.Count > 0 ? "Single sign-on found" : "No single sign-on found"
        );
    }
}
