using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Identity.Credentials.Mails;
using SaaS.Core.Messaging;
using SaaS.Core.Persistence;

namespace SaaS.Core.Identity.Credentials;

/// <summary>Mails a link that was ordered. Sent twice, it is the same mail with the same link and the same Message-ID.</summary>
internal sealed class SendMailedLink(MailedLinks links, PersonalMail mail, IOptions<CredentialOptions> options) : PlatformEventConsumer<MailedLinkRequested>
{
    public const string Name = "send-mailed-link";

    public override async Task ConsumeAsync(MailedLinkRequested fact, ControlDbContext db, CancellationToken ct)
    {
        if (await db.MailedLinks.AsNoTracking().SingleOrDefaultAsync(candidate => candidate.Id == fact.LinkId, ct) is not { Email: { } address, UsedAt: null } link
            || await db.Users.AsNoTracking().SingleOrDefaultAsync(candidate => candidate.Id == link.UserId && candidate.IsActive && candidate.SecurityStamp == link.SecurityStamp, ct) is not { } user
            || await IsRepetitionAsync(db, link, ct)
            || await IsTakenAsync(db, link, user, ct))
        {
            return;
        }

        var page = await links.AddressOfAsync(link, ct);
        var validFor = links.LifetimeOf(link.Purpose);
        await mail.SendAsync(user, address, db, (to, product) => link.Purpose switch
        {
            LinkPurpose.VerifyEmail => VerifyEmailMail.Write(link.Id, to, page, validFor, product),
            LinkPurpose.ResetPassword => ResetPasswordMail.Write(link.Id, to, page, validFor, product),
            LinkPurpose.ChangeEmail => ConfirmNewEmailMail.Write(link.Id, to, page, validFor, product),
        }, ct);
    }

    // Whoever asks again and again fills nobody's mailbox: the first link is good for longer than the pause.
    private Task<bool> IsRepetitionAsync(ControlDbContext db, MailedLink link, CancellationToken ct)
    {
        var since = link.CreatedAt - options.Value.MailPause;
        return db.MailedLinks.AnyAsync(
            other => other.UserId == link.UserId && other.SecurityStamp == link.SecurityStamp && other.Purpose == link.Purpose && other.Email == link.Email && other.UsedAt == null
                && other.CreatedAt > since && other.CreatedAt < link.CreatedAt, ct);
    }

    // Nobody is mailed because somebody else typed their address; the link could not be used anyway.
    private static async Task<bool> IsTakenAsync(ControlDbContext db, MailedLink link, User user, CancellationToken ct) =>
        link.Purpose is LinkPurpose.ChangeEmail && await db.Users.AnyAsync(other => other.Email == link.Email && other.Id != user.Id, ct);
}
