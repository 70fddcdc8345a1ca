using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using SaaS.Core.Access;
using SaaS.Core.Auditing;
using SaaS.Core.Http;
using SaaS.Core.Messaging;
using SaaS.Core.Persistence;

namespace SaaS.Core.Tenancy.Invitations;

internal static class WithdrawInvitation
{
    internal static void Map(RouteGroupBuilder tenant) =>
        tenant
            .MapDelete("/invitations/{invitationId:guid}", Handle)
            .RequireTenantRole(TenantRole.Admin)
            .ProducesProblem(Invitations.NotFound, Invitations.NotPending);

    /// <summary>Withdraws a pending invitation: its link stops working at once.</summary>
    internal static async Task<Results<Ok<SuccessResponse>, ProblemResult>> Handle(
        Guid invitationId,
        TenantScope scope,
        ControlDbContext db,
        Invitations invitations,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var found = await invitations.LockPendingAsync(scope.TenantId, invitationId, ct);
        if (!found.TryGetValue(out var invitation, out var problem))
        {
            return problem.ToHttp();
        }

        invitation.State = InvitationState.Withdrawn;
        invitation.EndedAt = clock.GetUtcNow();
        db.Outbox.Add(new InvitationWithdrawn(invitation.Id), subject: invitation.Id, tenantId: scope.TenantId);
        db.Audit.Record(
            scope.TenantId,
            scope.Actor,
            AuditAction.InvitationWithdrawn,
            invitation.Id,
            AuditDetails.Create("email", invitation.Email.Value)
        );
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
        return SuccessResponse.Ok("Invitation withdrawn");
    }
}
