using System.Linq.Expressions;
using SaaS.Core.Access;

namespace SaaS.Core.Tenancy.Invitations;

/// <summary>An invitation of a tenant.</summary>
/// <param name="Id">The invitation's id.</param>
/// <param name="Email">The invited address.</param>
/// <param name="Role">The role of the future member: admin, user or viewer.</param>
/// <param name="Message">The text that the mail contains; null when there is none.</param>
/// <param name="State">pending, accepted, declined, withdrawn or expired.</param>
/// <param name="InvitedBy">The account of the admin who sent it last.</param>
/// <param name="CreatedAt">The time at which it was created (UTC).</param>
/// <param name="SentAt">The time at which its latest mail was ordered (UTC).</param>
/// <param name="ExpiresAt">The time until which it can be accepted (UTC).</param>
/// <param name="EndedAt">The time at which it was accepted, declined or withdrawn (UTC); null while it is pending or expired.</param>
public sealed record InvitationView(
    Guid Id,
    string Email,
    TenantRole Role,
    string? Message,
    InvitationState State,
    Guid InvitedBy,
    DateTimeOffset CreatedAt,
    DateTimeOffset SentAt,
    DateTimeOffset ExpiresAt,
    DateTimeOffset? EndedAt
)
{
    /// <param name="now">An invitation that is pending at this time and should have ended is shown as expired.</param>
    internal static Expression<Func<Invitation, InvitationView>> Projection(DateTimeOffset now) =>
        invitation => new InvitationView(
            invitation.Id,
            (string)invitation.Email,
            invitation.Role,
            invitation.Message,
            invitation.State == InvitationState.Pending && invitation.ExpiresAt <= now ? InvitationState.Expired : invitation.State,
            invitation.InvitedBy,
            invitation.CreatedAt,
            invitation.SentAt,
            invitation.ExpiresAt,
            invitation.EndedAt
        );

    /// <summary>Shows an invitation that was created or changed by the current request.</summary>
    internal static InvitationView From(Invitation invitation) =>
        new(
            invitation.Id,
            invitation.Email.Value,
            invitation.Role,
            invitation.Message,
            invitation.State,
            invitation.InvitedBy,
            invitation.CreatedAt,
            invitation.SentAt,
            invitation.ExpiresAt,
            invitation.EndedAt
        );
}
