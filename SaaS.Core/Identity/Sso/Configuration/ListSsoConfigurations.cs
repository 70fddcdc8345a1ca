using System.ComponentModel;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Http;
using SaaS.Core.Paging;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy.Catalog;
using SaaS.Infrastructure.Postgres;

namespace SaaS.Core.Identity.Sso.Configuration;

/// <summary>One page of identity providers.</summary>
/// <param name="Configurations">Sorted by the tenant's name.</param>
/// <param name="Pagination">The position among all pages; null when a cursor was given.</param>
/// <param name="NextCursor">The value of `cursor` for the next page; null on the last page.</param>
/// <param name="HasMore">True when there is a next page.</param>
public sealed record SsoConfigurationList(
    IReadOnlyList<SsoConfigurationEntry> Configurations,
    Pagination? Pagination,
    string? NextCursor,
    bool HasMore
);

/// <summary>The identity provider of a tenant, as shown to operators.</summary>
/// <param name="TenantId">The tenant's id.</param>
/// <param name="TenantName">The tenant's name.</param>
/// <param name="ProviderType">Always azure_ad.</param>
/// <param name="IsEnabled">True when users can sign in through it.</param>
/// <param name="ClientId">The application in the directory.</param>
/// <param name="ProviderTenantId">The directory.</param>
/// <param name="ClientSecretExpiresAt">When the secret expires (UTC); null when unknown.</param>
/// <param name="CreatedAt">When the configuration was created (UTC).</param>
public sealed record SsoConfigurationEntry(
    Guid TenantId,
    string TenantName,
    string ProviderType,
    bool IsEnabled,
    string ClientId,
    string ProviderTenantId,
    DateTimeOffset? ClientSecretExpiresAt,
    DateTimeOffset CreatedAt
);

internal static class ListSsoConfigurations
{
    internal static void Map(RouteGroupBuilder platform) =>
        platform.MapGet("/api/tenants/sso/configs", Handle).ProducesProblem(HttpProblems.BadRequest);

    /// <summary>Lists the identity providers of all tenants, for platform administrators.</summary>
    internal static async Task<Results<Ok<FlatApiResponse<SsoConfigurationList>>, ProblemResult>> Handle(
        [AsParameters] PageRequest page,
        [FromQuery(Name = "only_enabled"), Description("True to list only providers through which users can sign in.")] bool? onlyEnabled,
        ControlDbContext db,
        CancellationToken ct
    )
    {
        var configurations = db.SsoConfigurations.Where(configuration => onlyEnabled != true || configuration.IsEnabled);
        var outcome = await configurations
            .Join(
                db.Tenants,
                configuration => configuration.TenantId,
                tenant => tenant.Id,
                (configuration, tenant) => new { configuration, tenant }
            )
            .SortBy(one => EF.Functions.Collate(one.tenant.Name, Sql.LetterOrder), one => one.tenant.Id)
            .WithTotalFrom(configurations) // every configuration has a tenant
            .ReadAsync(
                page,
                one => new SsoConfigurationEntry(
                    one.tenant.Id,
                    one.tenant.Name,
                    SsoConfiguration.ProviderType,
                    one.configuration.IsEnabled,
                    one.configuration.ClientId,
                    one.configuration.ProviderTenantId,
                    one.configuration.ClientSecretExpiresAt,
                    one.configuration.CreatedAt
                ),
                ct
            );

        return !outcome.TryGetValue(out var found, out var problem)
            ? problem.ToHttp()
            : ApiResponse.Flat(
                new SsoConfigurationList(found.Items, found.Pagination, found.NextCursor, found.HasMore),
                "Single sign-on configurations retrieved"
            );
    }
}
