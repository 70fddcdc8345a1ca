using System.Net;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Identity.Credentials.Mails;
using SaaS.Core.Identity.Sessions;
using SaaS.Core.Messaging;
using SaaS.Core.Persistence;

namespace SaaS.Core.Identity.Credentials;

/// <summary>Notifies the owner of a password change, so that an unauthorized change is noticed.</summary>
internal sealed class NotifyPasswordChanged(PersonalMail mail) : PlatformEventConsumer<PasswordChanged>
{
    public const string Name = "notify-password-changed";

    public override async Task ConsumeAsync(PasswordChanged fact, ControlDbContext db, CancellationToken ct)
    {
        if (await db.Users.AsNoTracking().SingleOrDefaultAsync(candidate => candidate.Id == fact.UserId, ct) is not { } user)
        {
            return;
        }

        var session = await db.Sessions.AsNoTracking().SingleOrDefaultAsync(candidate => candidate.Id == fact.SessionId, ct);
        await mail.SendAsync(
            user,
            user.Email,
            db,
            (to, product) =>
                PasswordChangedMail.WriteAsync(
                    fact.ChangeId,
                    to,
                    fact.ChangedAt,
                    session?.Device,
                    IPAddress.TryParse(session?.Address, out var from) ? from : null,
                    product
                ),
            ct
        );
    }
}
