using Microsoft.EntityFrameworkCore;
using SaaS.Core.Auditing;
using SaaS.Core.Identity.Credentials.Mails;
using SaaS.Core.Messaging;
using SaaS.Core.Persistence;

namespace SaaS.Core.Identity.Credentials;

/// <summary>Tells an account's address that another one was ordered, while there is still time to prevent it.</summary>
internal sealed class NotifyEmailChangeRequested(PersonalMail mail) : PlatformEventConsumer<MailedLinkRequested>
{
    public const string Name = "notify-email-change-requested";

    public override async Task ConsumeAsync(MailedLinkRequested fact, ControlDbContext db, CancellationToken ct)
    {
        if (await db.MailedLinks.AsNoTracking().SingleOrDefaultAsync(candidate => candidate.Id == fact.LinkId, ct) is not { Purpose: LinkPurpose.ChangeEmail, Email: { } wanted } link
            || await db.Users.AsNoTracking().SingleOrDefaultAsync(candidate => candidate.Id == link.UserId && candidate.IsActive && candidate.SecurityStamp == link.SecurityStamp, ct) is not { } user)
        {
            return; // it is changed or revoked already
        }

        var id = NamedId.Of($"{Name}/{link.Id}"); // another mail than the one with the link, which has the link's id
        await mail.SendAsync(user, user.Email, db, (to, product) => EmailChangeRequestedMail.Write(id, to, wanted.Value, link.CreatedAt, product), ct);
    }
}
