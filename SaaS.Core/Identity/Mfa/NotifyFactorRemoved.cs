using Microsoft.EntityFrameworkCore;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Identity.Credentials;
using SaaS.Core.Identity.Mfa.Mails;
using SaaS.Core.Messaging;
using SaaS.Core.Persistence;

namespace SaaS.Core.Identity.Mfa;

/// <summary>Notifies the owner of an account that a second factor was removed.</summary>
internal sealed class NotifyFactorRemoved(PersonalMail mail) : PlatformEventConsumer<FactorRemoved>
{
    public const string Name = "notify-factor-removed";

    public override async Task ConsumeAsync(FactorRemoved fact, ControlDbContext db, CancellationToken ct)
    {
        if (await db.Users.AsNoTracking().SingleOrDefaultAsync(candidate => candidate.Id == fact.UserId, ct) is { } user)
        {
            await mail.SendAsync(
                user,
                user.Email,
                db,
                (to, product) => FactorRemovedMail.WriteAsync(fact.ChangeId, to, fact.Kind, fact.RemovedAt, product),
                ct
            );
        }
    }
}
