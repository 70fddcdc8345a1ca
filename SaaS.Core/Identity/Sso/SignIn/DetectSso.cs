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
using SaaS.Infrastructure.Postgres;

namespace SaaS.Core.Identity.Sso.SignIn;

/// <summary>Somebody who is about to sign in.</summary>
/// <param name="Email">What they typed.</param>
public sealed record DetectSsoRequest([Required, Email] string Email);

/// <summary>Where people with such an address sign in.</summary>
/// <param name="HasSso">Whether there is anything.</param>
/// <param name="Tenants">The tenants that the address's domain belongs to.</param>
public sealed record SsoDetection(bool HasSso, IReadOnlyList<DetectedTenant> Tenants);

/// <summary>A tenant with single sign-on.</summary>
/// <param name="TenantId">The tenant's id.</param>
/// <param name="TenantName">The tenant's name.</param>
/// <param name="Provider">Always azure_ad.</param>
/// <param name="LoginUrl">Where the browser goes to sign in.</param>
public sealed record DetectedTenant(Guid TenantId, string TenantName, string Provider, Uri LoginUrl);

internal static class DetectSso
{
    private const int Most = 20;

    internal static void Map(RouteGroupBuilder sso) => sso.MapPost("/detect", Handle).AllowAnonymous().ProducesProblem(HttpProblems.BadRequest);

    /// <summary>Says by which tenants' identity providers people with an address sign in.</summary>
    /// <remarks>Only its domain counts, and only for a tenant that has proved that the domain is its own; whether there is an account is told to nobody.</remarks>
    internal static async Task<Ok<FlatApiResponse<SsoDetection>>> Handle(DetectSsoRequest request, ControlDbContext db, IOptions<SsoOptions> options, CancellationToken ct)
    {
        var domain = EmailAddress.Parse(request.Email).Domain;
        var isProofNeeded = options.Value.RequireVerifiedDomains;
        var found = await SsoConfigurations.Open(db)
            .Where(configuration => db.SsoDomains.Any(one => one.TenantId == configuration.TenantId && one.Domain == domain && one.VerifiedAt != null) || (!isProofNeeded && configuration.AllowedEmailDomains.Contains(domain)))
            .Join(db.Tenants, configuration => configuration.TenantId, tenant => tenant.Id, (_, tenant) => new { tenant.Id, tenant.Name })
            .OrderBy(tenant => EF.Functions.Collate(tenant.Name, Sql.LetterOrder)).ThenBy(tenant => tenant.Id)
            .Take(Most)
            .ToListAsync(ct);
        return ApiResponse.Flat(
            new SsoDetection(found.Count > 0, found.ConvertAll(tenant => new DetectedTenant(tenant.Id, tenant.Name, SsoConfiguration.ProviderType, StartSsoSignIn.AddressOf(tenant.Id, options.Value)))),
            found.Count > 0 ? "Single sign-on found" : "No single sign-on found");
    }
}
