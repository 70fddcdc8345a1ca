using Microsoft.EntityFrameworkCore;
using SaaS.Core.Auditing;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Identity.Credentials;
using SaaS.Core.Identity.Credentials.Mails;
using SaaS.Core.Messaging;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy.Catalog;

namespace SaaS.Core.Tenancy.Invitations;

/// <summary>Mails an invitation. A repeated delivery sends the same mail with the same link and Message-ID.</summary>
internal sealed class SendInvitation(Invitations invitations, InvitationLinks links, PersonalMail mail, TimeProvider clock)
    : PlatformEventConsumer<InvitationIssued>
{
    public const string Name = "send-invitation";

    public override async Task ConsumeAsync(InvitationIssued fact, ControlDbContext db, CancellationToken ct)
    {
        var found = await invitations
            .QueryValid()
            .AsNoTracking()
            .Where(invitation => invitation.Id == fact.InvitationId && invitation.MailId == fact.MailId)
            .Join(
                db.Set<Tenant>(),
                invitation => invitation.TenantId,
                tenant => tenant.Id,
                (invitation, tenant) => new { invitation, tenant }
            )
            .Join(
                db.Set<User>(),
                one => one.invitation.InvitedBy,
                sender => sender.Id,
                (one, sender) =>
                    new
                    {
                        one.invitation,
                        one.tenant.Name,
                        sender,
                    }
            )
            .SingleOrDefaultAsync(ct);
        if (found is not { invitation: var invitation, sender: var sender })
        {
            return; // withdrawn, answered or sent again meanwhile
        }

        var page = await links.CreateUrlAsync(invitation.Id, ct);
        await mail.SendAsync(
            new Recipient(invitation.Email.Value, FirstName: "", LastName: ""),
            db,
            (to, product) =>
                InvitationMail.WriteAsync(
                    invitation.MailId,
                    to,
                    page,
                    invitation,
                    new InvitationSender(found.Name, $"{sender.FirstName} {sender.LastName}"),
                    validFor: invitation.ExpiresAt - clock.GetUtcNow(),
                    product
                ),
            AuditDetails.Create("invitation_id", invitation.Id),
            ct
        );
    }
}
