using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using SaaS.Core.Access;
using SaaS.Core.Databases;
using SaaS.Platform.Http;

namespace SaaS.Core.Sso;

/// <summary>One page of a tenant's domains.</summary>
/// <param name="Domains">In alphabetical order.</param>
/// <param name="Pagination">Which page of how many.</param>
public sealed record SsoDomainList(IReadOnlyList<SsoDomainView> Domains, Pagination Pagination);

internal static class ListSsoDomains
{
    internal static void Map(RouteGroupBuilder tenant) =>
        tenant.MapGet("/domains", Handle).NeedsRole(TenantRole.Admin).Refuses(HttpProblems.BadRequest);

    /// <summary>Lists the tenant's domains, and which of them it has proved to be its own.</summary>
    internal static async Task<Ok<Answer<SsoDomainList>>> Handle([AsParameters] PageRequest page, TenantScope scope, ControlDb db, CancellationToken ct)
    {
        var found = await db.SsoDomains.Where(domain => domain.TenantId == scope.TenantId).OrderBy(domain => domain.Domain).ToPageAsync(page, ct);
        return Answer.Ok(new SsoDomainList([.. found.Items.Select(SsoDomainView.Of)], found.Pagination), "Domains retrieved");
    }
}
