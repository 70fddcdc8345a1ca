using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Http;
using SaaS.Core.Paging;
using SaaS.Core.Persistence;
using SaaS.Infrastructure.Postgres;

namespace SaaS.Core.Identity.Sso.Configuration;

/// <summary>One page of identity providers.</summary>
/// <param name="Configurations">By tenant's name.</param>
/// <param name="Pagination">Which page of how many; null where a cursor was given.</param>
/// <param name="NextCursor">Where the next page begins, for `cursor`; null on the last one.</param>
/// <param name="HasMore">Whether there is a next page.</param>
public sealed record SsoConfigurationList(IReadOnlyList<SsoConfigurationEntry> Configurations, Pagination? Pagination, string? NextCursor, bool HasMore);

/// <summary>A tenant's identity provider, as operators see it.</summary>
/// <param name="TenantId">The tenant's id.</param>
/// <param name="TenantName">The tenant's name.</param>
/// <param name="ProviderType">Always azure_ad.</param>
/// <param name="IsEnabled">Whether people can sign in by it.</param>
/// <param name="ClientId">The application in the directory.</param>
/// <param name="ProviderTenantId">The directory.</param>
/// <param name="ClientSecretExpiresAt">When its secret expires (UTC), if somebody has said so.</param>
/// <param name="CreatedAt">When it was made (UTC).</param>
public sealed record SsoConfigurationEntry(
    Guid TenantId, string TenantName, string ProviderType, bool IsEnabled, string ClientId, string ProviderTenantId, DateTimeOffset? ClientSecretExpiresAt, DateTimeOffset CreatedAt);

internal static class ListSsoConfigurations
{
    internal static void Map(RouteGroupBuilder platform) =>
        platform.MapGet("/api/tenants/sso/configs", Handle).ProducesProblem(HttpProblems.BadRequest);

    /// <summary>Lists the identity providers of all tenants. For administrators of the platform.</summary>
    /// <param name="onlyEnabled">Only those by which people can sign in.</param>
    internal static async Task<Results<Ok<FlatApiResponse<SsoConfigurationList>>, ProblemResult>> Handle(
        [AsParameters] PageRequest page, [FromQuery(Name = "only_enabled")] bool? onlyEnabled, ControlDbContext db, CancellationToken ct)
    {
        var outcome = await db.SsoConfigurations
            .Where(configuration => onlyEnabled != true || configuration.IsEnabled)
            .Join(db.Tenants, configuration => configuration.TenantId, tenant => tenant.Id, (configuration, tenant) => new { configuration, tenant })
            .SortBy(one => EF.Functions.Collate(one.tenant.Name, Sql.LetterOrder), one => one.tenant.Id)
            .ReadAsync(page, one => new SsoConfigurationEntry(
                one.tenant.Id, one.tenant.Name, SsoConfiguration.ProviderType, one.configuration.IsEnabled, one.configuration.ClientId, one.configuration.ProviderTenantId, one.configuration.ClientSecretExpiresAt, one.configuration.CreatedAt), ct);

        return !outcome.TryGetValue(out var found, out var problem)
            ? problem.ToHttp()
            : ApiResponse.Flat(new SsoConfigurationList(found.Items, found.Pagination, found.NextCursor, found.HasMore), "Single sign-on configurations retrieved");
    }
}
