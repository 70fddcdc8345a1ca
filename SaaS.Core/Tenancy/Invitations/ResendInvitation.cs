using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Options;
using SaaS.Core.Access;
using SaaS.Core.Auditing;
using SaaS.Core.Http;
using SaaS.Core.Messaging;
using SaaS.Core.Persistence;

namespace SaaS.Core.Tenancy.Invitations;

internal static class ResendInvitation
{
    private static readonly Problem SentRecently = new(
        ProblemKind.TooMany,
        "INVITATION_SENT_RECENTLY",
        "The mail of this invitation was sent a moment ago"
    );
    private static readonly Problem SentOften = new(
        ProblemKind.Conflict,
        "INVITATION_SENT_TOO_OFTEN",
        "The mail of this invitation was sent as often as it may be: withdraw it and create a new one"
    );

    internal static void Map(RouteGroupBuilder tenant) =>
        tenant
            .MapPost("/invitations/{invitationId:guid}/resend", Handle)
            .RequireTenantRole(TenantRole.Admin)
            .ProducesProblem(Invitations.NotFound, Invitations.NotPending, SentRecently, SentOften);

    /// <summary>Sends the mail of a pending invitation again, and renews its lifetime.</summary>
    /// <remarks>
    /// The current user becomes its sender. An invitation whose sender is no longer an admin, or which has just expired, is valid again.
    /// </remarks>
    internal static async Task<Results<Ok<ApiResponse<InvitationView>>, ProblemResult>> Handle(
        Guid invitationId,
        TenantScope scope,
        ControlDbContext db,
        Invitations invitations,
        IOptions<InvitationOptions> options,
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

        var now = clock.GetUtcNow();
        if (invitation.SentAt + options.Value.ResendInterval - now is { Ticks: > 0 } wait)
        {
            return (SentRecently with { RetryAfter = wait }).ToHttp();
        }

        if (invitation.SendCount >= options.Value.MaxMails)
        {
            return SentOften.ToHttp();
        }

        invitation.InvitedBy = scope.Actor.UserId!.Value;
        invitation.MailId = Guid.CreateVersion7(now);
        invitation.SentAt = now;
        invitation.SendCount++;
        invitation.ExpiresAt = now + options.Value.Lifetime;
        db.Outbox.Add(new InvitationIssued(invitation.Id, invitation.MailId), subject: invitation.Id, tenantId: scope.TenantId);
        db.Audit.Record(
            scope.TenantId,
            scope.Actor,
            AuditAction.InvitationResent,
            invitation.Id,
            AuditDetails.Create("email", invitation.Email.Value).With("mails", invitation.SendCount)
        );
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
        return ApiResponse.Ok(InvitationView.From(invitation), "Invitation sent again");
    }
}
