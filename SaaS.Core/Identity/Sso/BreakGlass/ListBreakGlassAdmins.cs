using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Access;
using SaaS.Core.Http;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Paging;
using SaaS.Core.Persistence;

namespace SaaS.Core.Identity.Sso.BreakGlass;

/// <summary>A break-glass admin of a tenant.</summary>
/// <param name="UserId">The account's id.</param>
/// <param name="Email">The account's e-mail address.</param>
/// <param name="ConfirmedAt">When a first one-time password was confirmed (UTC); null until then, and the registration has no effect
/// before.</param>
public sealed record BreakGlassAdminView(Guid UserId, string Email, DateTimeOffset? ConfirmedAt);

internal static class ListBreakGlassAdmins
{
    internal static void Map(RouteGroupBuilder tenant) =>
        tenant.MapGet("/break-glass", Handle).RequireTenantRole(TenantRole.Admin).ProducesProblem(HttpProblems.BadRequest);

    /// <summary>Lists the tenant's break-glass admins.</summary>
    internal static async Task<Results<Ok<ListResponse<BreakGlassAdminView>>, ProblemResult>> Handle(
        [AsParameters] PageRequest page,
        TenantScope scope,
        ControlDbContext db,
        CancellationToken ct
    )
    {
        var outcome = await db
            .BreakGlassAdmins.Where(admin => admin.TenantId == scope.TenantId)
            .Join(db.Users, admin => admin.UserId, user => user.Id, (admin, user) => new { admin, user })
            // Cast to plain text for the query and the cursor.
            .SortBy(one => EF.Functions.Collate((string)one.user.Email, "C"), one => one.user.Id)
            .ReadAsync(
                page.WithDefaultSize(ListResponse<BreakGlassAdminView>.DefaultSize),
                one => new BreakGlassAdminView(one.user.Id, (string)one.user.Email, one.admin.ConfirmedAt),
                ct
            );

        return !outcome.TryGetValue(out var found, out var problem)
            ? problem.ToHttp()
            : ListResponse.Ok(found, "Break-glass admins retrieved");
    }
}
