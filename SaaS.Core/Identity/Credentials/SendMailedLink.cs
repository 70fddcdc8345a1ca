using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Identity.Credentials.Mails;
using SaaS.Core.Messaging;
using SaaS.Core.Persistence;

namespace SaaS.Core.Identity.Credentials;

/// <summary>Mails a requested link. A repeated delivery sends the same mail with the same link and Message-ID.</summary>
internal sealed class SendMailedLink(MailedLinks links, PersonalMail mail, IOptions<CredentialOptions> options)
    : PlatformEventConsumer<MailedLinkRequested>
{
    public const string Name = "send-mailed-link";

    public override async Task ConsumeAsync(MailedLinkRequested fact, ControlDbContext db, CancellationToken ct)
    {
        if (
            await db.MailedLinks.AsNoTracking().SingleOrDefaultAsync(candidate => candidate.Id == fact.LinkId, ct)
                is not { Email: { } address, UsedAt: null } link
            || await db
                .Users.AsNoTracking()
                .SingleOrDefaultAsync(
                    candidate => candidate.Id == link.UserId && candidate.IsActive && candidate.SecurityStamp == link.SecurityStamp,
                    ct
                )
                is not { } user
            || await IsRepeatedRequestAsync(db, link, ct)
            || await IsAddressTakenAsync(db, link, user, ct)
        )
        {
            return;
        }

        var page = await links.CreateUrlAsync(link, ct);
        var validFor = links.GetLifetime(link.Purpose);
        await mail.SendAsync(
            user,
            address,
            db,
            (to, product) =>
                link.Purpose switch
                {
                    LinkPurpose.VerifyEmail => VerifyEmailMail.WriteAsync(link.Id, to, page, validFor, product),
                    LinkPurpose.ResetPassword => ResetPasswordMail.WriteAsync(link.Id, to, page, validFor, product),
                    LinkPurpose.ChangeEmail => ConfirmNewEmailMail.WriteAsync(link.Id, to, page, validFor, product),
                },
            ct
        );
    }

    // Repeated requests must not fill a mailbox; the first link is valid for longer than the pause.
    private Task<bool> IsRepeatedRequestAsync(ControlDbContext db, MailedLink link, CancellationToken ct)
    {
        var since = link.CreatedAt - options.Value.MailInterval;
        return db.MailedLinks.AnyAsync(
            other =>
                other.UserId == link.UserId
                && other.SecurityStamp == link.SecurityStamp
                && other.Purpose == link.Purpose
                && other.Email == link.Email
                && other.UsedAt == null
                && other.CreatedAt > since
                && other.CreatedAt < link.CreatedAt,
            ct
        );
    }

    // The owner of the address must not get mail that another user triggered; the link could not be used anyway.
    private static async Task<bool> IsAddressTakenAsync(ControlDbContext db, MailedLink link, User user, CancellationToken ct) =>
        link.Purpose is LinkPurpose.ChangeEmail && await db.Users.AnyAsync(other => other.Email == link.Email && other.Id != user.Id, ct);
}
