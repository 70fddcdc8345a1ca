using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Access;
using SaaS.Core.Http;
using SaaS.Core.Paging;
using SaaS.Core.Persistence;

namespace SaaS.Core.Tenancy.Invitations;

/// <summary>One page of invitations.</summary>
/// <param name="Invitations">The invitations, newest first.</param>
/// <param name="Pagination">The position of the page in the list; null when a cursor was given.</param>
/// <param name="NextCursor">The value of `cursor` for the next page; null on the last page.</param>
/// <param name="HasMore">True when there is a next page.</param>
public sealed record InvitationList(IReadOnlyList<InvitationView> Invitations, Pagination? Pagination, string? NextCursor, bool HasMore);

internal static class ListInvitations
{
    internal static void Map(RouteGroupBuilder tenant)
    {
        tenant.MapGet("/invitations", Handle).RequireTenantRole(TenantRole.Admin).ProducesProblem(HttpProblems.BadRequest);
        tenant
            .MapGet("/invitations/{invitationId:guid}", HandleOne)
            .WithName("getInvitation")
            .RequireTenantRole(TenantRole.Admin)
            .ProducesProblem(Invitations.NotFound);
    }

    /// <summary>Lists the invitations of a tenant, newest first.</summary>
    internal static async Task<Results<Ok<ApiResponse<InvitationList>>, ProblemResult>> Handle(
        [AsParameters] PageRequest page,
        TenantScope scope,
        ControlDbContext db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        var outcome = await db
            .Invitations.AsNoTracking()
            .Where(invitation => invitation.TenantId == scope.TenantId)
            .SortByDescending(invitation => invitation.CreatedAt, invitation => invitation.Id)
            .ReadAsync(page, InvitationView.Projection(clock.GetUtcNow()), ct);

        return !outcome.TryGetValue(out var found, out var problem)
            ? problem.ToHttp()
            : ApiResponse.Ok(new InvitationList(found.Items, found.Pagination, found.NextCursor, found.HasMore), "Invitations retrieved");
    }

    /// <summary>Gets an invitation of a tenant.</summary>
    internal static async Task<Results<Ok<ApiResponse<InvitationView>>, ProblemResult>> HandleOne(
        Guid invitationId,
        TenantScope scope,
        ControlDbContext db,
        TimeProvider clock,
        CancellationToken ct
    ) =>
        await db
            .Invitations.AsNoTracking()
            .Where(invitation => invitation.TenantId == scope.TenantId && invitation.Id == invitationId)
            .Select(InvitationView.Projection(clock.GetUtcNow()))
            .SingleOrDefaultAsync(ct)
            is { } invitation
            ? ApiResponse.Ok(invitation, "Invitation retrieved")
            : Invitations.NotFound.ToHttp();
}
