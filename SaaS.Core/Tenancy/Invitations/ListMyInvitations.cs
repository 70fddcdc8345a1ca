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
using SaaS.Core.Tenancy.Catalog;

namespace SaaS.Core.Tenancy.Invitations;

/// <summary>An invitation of the current user.</summary>
/// <param name="Id">The invitation's id, with which it is accepted or declined.</param>
/// <param name="TenantId">The tenant's id.</param>
/// <param name="TenantName">The tenant's name.</param>
/// <param name="Role">The role of the future member: admin, user or viewer.</param>
/// <param name="Message">The admin's text; null when there is none.</param>
/// <param name="CreatedAt">The time at which it was created (UTC).</param>
/// <param name="ExpiresAt">The time until which it can be accepted (UTC).</param>
public sealed record MyInvitationView(
    Guid Id,
    Guid TenantId,
    string TenantName,
    TenantRole Role,
    string? Message,
    DateTimeOffset CreatedAt,
    DateTimeOffset ExpiresAt
);

internal static class ListMyInvitations
{
    internal static void Map(RouteGroupBuilder users) => users.MapGet("/me/invitations", Handle).ProducesProblem(HttpProblems.BadRequest);

    /// <summary>Lists the invitations that the current user can accept, newest first.</summary>
    /// <remarks>Empty until the account has confirmed its address.</remarks>
    internal static async Task<Results<Ok<ListResponse<MyInvitationView>>, ProblemResult>> Handle(
        [AsParameters] PageRequest page,
        CurrentUser currentUser,
        ControlDbContext db,
        Invitations invitations,
        CancellationToken ct
    )
    {
        var address = await db
            .Users.Where(user => user.Id == currentUser.UserId && user.EmailVerifiedAt != null)
            .Select(user => user.Email)
            .SingleOrDefaultAsync(ct);
        var outcome = await invitations
            .QueryValid()
            .Where(invitation => invitation.Email == address)
            .Join(
                db.Set<Tenant>(),
                invitation => invitation.TenantId,
                tenant => tenant.Id,
                (invitation, tenant) => new { invitation, tenant }
            )
            .AsNoTracking()
            .SortByDescending(one => one.invitation.CreatedAt, one => one.invitation.Id)
            .ReadAsync(
                page.WithDefaultSize(ListResponse<MyInvitationView>.DefaultSize),
                one => new MyInvitationView(
                    one.invitation.Id,
                    one.tenant.Id,
                    one.tenant.Name,
                    one.invitation.Role,
                    one.invitation.Message,
                    one.invitation.CreatedAt,
                    one.invitation.ExpiresAt
                ),
                ct
            );

        return !outcome.TryGetValue(out var mine, out var problem) ? problem.ToHttp() : ListResponse.Ok(mine, "Invitations retrieved");
    }
}
