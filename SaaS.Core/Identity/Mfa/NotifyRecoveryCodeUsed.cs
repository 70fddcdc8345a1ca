using Microsoft.EntityFrameworkCore;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Identity.Credentials;
using SaaS.Core.Identity.Mfa.Mails;
using SaaS.Core.Messaging;
using SaaS.Core.Persistence;

namespace SaaS.Core.Identity.Mfa;

/// <summary>Notifies the owner of an account that a recovery code was used.</summary>
internal sealed class NotifyRecoveryCodeUsed(PersonalMail mail) : PlatformEventConsumer<RecoveryCodeUsed>
{
    public const string Name = "notify-recovery-code-used";

    public override async Task ConsumeAsync(RecoveryCodeUsed fact, ControlDbContext db, CancellationToken ct)
    {
        if (await db.Users.AsNoTracking().SingleOrDefaultAsync(candidate => candidate.Id == fact.UserId, ct) is { } user)
        {
            await mail.SendAsync(
                user,
                user.Email,
                db,
                (to, product) => RecoveryCodeUsedMail.WriteAsync(fact.UseId, to, fact.CodesLeft, fact.UsedAt, product),
                ct
            );
        }
    }
}
