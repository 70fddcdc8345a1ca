using Microsoft.EntityFrameworkCore;
using SaaS.Core.Access;
using SaaS.Core.Auditing;
using SaaS.Core.Http;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Messaging;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy.Members;

namespace SaaS.Core.Tenancy.Invitations;

/// <summary>Finds the invitation that a person answers, and accepts it.</summary>
internal sealed class InvitationAnswers(
    ControlDbContext db,
    Invitations invitations,
    InvitationLinks links,
    AddMembership addMembership,
    TimeProvider clock
)
{
    private static readonly Problem TokenOrId = Problem.ForField("token", "Give either token or invitation_id.");

    /// <returns>The problem of a request with neither or both of token and id; null when it is complete.</returns>
    public static Problem? CheckRequest(AnswerInvitationRequest request) =>
        request.Token is null == request.InvitationId is null ? TokenOrId : null;

    /// <returns>The invitation in any state; null when there is none.</returns>
    public async Task<Invitation?> FindAsync(AnswerInvitationRequest request, CancellationToken ct)
    {
        var id = request.Token is { } token ? await links.ValidateTokenAsync(token, ct) : request.InvitationId;
        return id is null ? null : await db.Invitations.AsNoTracking().SingleOrDefaultAsync(invitation => invitation.Id == id, ct);
    }

    /// <summary>
    /// Accepts an invitation in the caller's transaction, which holds the locks of the tenant's members and of the account; of two
    /// concurrent requests one succeeds.
    /// </summary>
    /// <param name="user">The account, whose address is the invited one and is verified.</param>
    /// <returns>The membership, or a problem, in which case the caller must not commit.</returns>
    public async Task<Result<Membership>> AcceptAsync(Invitation invitation, User user, CancellationToken ct)
    {
        var member = await db
            .Memberships.AsNoTracking()
            .SingleOrDefaultAsync(one => one.TenantId == invitation.TenantId && one.UserId == user.Id, ct);
        if (
            member is not null
            && await db.Invitations.AnyAsync(
                one => one.Id == invitation.Id && one.State == InvitationState.Accepted && one.AcceptedBy == user.Id,
                ct
            )
        )
        {
            return member; // accepted before, perhaps a moment ago
        }

        var now = clock.GetUtcNow();
        var updatedRows = await invitations
            .QueryValid()
            .Where(one => one.Id == invitation.Id)
            .ExecuteUpdateAsync(
                set =>
                    set.SetProperty(one => one.State, InvitationState.Accepted)
                        .SetProperty(one => one.EndedAt, now)
                        .SetProperty(one => one.AcceptedBy, user.Id),
                ct
            );
        if (updatedRows == 0)
        {
            return InvitationLinks.Invalid;
        }

        if (member is null)
        {
            var outcome = await addMembership.RunAsync(
                invitation.TenantId,
                user.Id,
                invitation.Role,
                Actor.User(user.Id),
                "invitation",
                ct
            );
            if (!outcome.TryGetValue(out member, out var problem))
            {
                return problem;
            }
        }

        db.Outbox.Add(new InvitationAccepted(invitation.Id, user.Id), subject: invitation.Id, tenantId: invitation.TenantId);
        db.Audit.Record(
            invitation.TenantId,
            Actor.User(user.Id),
            AuditAction.InvitationAccepted,
            invitation.Id,
            AuditDetails.Create("role", invitation.Role)
        );
        return member;
    }
}
