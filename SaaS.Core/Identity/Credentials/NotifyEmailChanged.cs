using Microsoft.EntityFrameworkCore;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Identity.Credentials.Mails;
using SaaS.Core.Messaging;
using SaaS.Core.Persistence;

namespace SaaS.Core.Identity.Credentials;

/// <summary>Notifies the old address of an e-mail change, so that the owner of a stolen account learns of it.</summary>
internal sealed class NotifyEmailChanged(PersonalMail mail) : PlatformEventConsumer<EmailChanged>
{
    public const string Name = "notify-email-changed";

    public override async Task ConsumeAsync(EmailChanged fact, ControlDbContext db, CancellationToken ct)
    {
        if (
            await db.EmailChanges.AsNoTracking().SingleOrDefaultAsync(candidate => candidate.Id == fact.ChangeId, ct) is not { } change
            || await db.Users.AsNoTracking().SingleOrDefaultAsync(candidate => candidate.Id == fact.UserId, ct) is not { } user
        )
        {
            return;
        }

        await mail.SendAsync(
            user,
            change.From,
            db,
            (to, product) => EmailChangedMail.WriteAsync(change.Id, to, change.To.Value, change.ChangedAt, product),
            ct
        );
    }
}
