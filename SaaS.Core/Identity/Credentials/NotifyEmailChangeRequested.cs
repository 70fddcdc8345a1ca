using Microsoft.EntityFrameworkCore;
using SaaS.Core.Auditing;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Identity.Credentials.Mails;
using SaaS.Core.Messaging;
using SaaS.Core.Persistence;

namespace SaaS.Core.Identity.Credentials;

/// <summary>Notifies the current address of a requested e-mail change, while the owner can still prevent it.</summary>
internal sealed class NotifyEmailChangeRequested(PersonalMail mail) : PlatformEventConsumer<MailedLinkRequested>
{
    public const string Name = "notify-email-change-requested";

    public override async Task ConsumeAsync(MailedLinkRequested fact, ControlDbContext db, CancellationToken ct)
    {
        if (
            await db.MailedLinks.AsNoTracking().SingleOrDefaultAsync(candidate => candidate.Id == fact.LinkId, ct)
                is not { Purpose: LinkPurpose.ChangeEmail, Email: { } wanted } link
            || await db
                .Users.AsNoTracking()
                .SingleOrDefaultAsync(
                    candidate => candidate.Id == link.UserId && candidate.IsActive && candidate.SecurityStamp == link.SecurityStamp,
                    ct
                )
                is not { } user
        )
        {
            return; // the change is already applied or revoked
        }

        var id = NamedId.From($"{Name}/{link.Id}"); // differs from the mail with the link, which has the link's id
        await mail.SendAsync(
            user,
            user.Email,
            db,
            (to, product) => EmailChangeRequestedMail.WriteAsync(id, to, wanted.Value, link.CreatedAt, product),
            ct
        );
    }
}
