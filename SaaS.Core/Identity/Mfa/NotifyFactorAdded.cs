using Microsoft.EntityFrameworkCore;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Identity.Credentials;
using SaaS.Core.Identity.Mfa.Mails;
using SaaS.Core.Messaging;
using SaaS.Core.Persistence;

namespace SaaS.Core.Identity.Mfa;

/// <summary>Notifies the owner of an account that a second factor was added.</summary>
internal sealed class NotifyFactorAdded(PersonalMail mail) : PlatformEventConsumer<FactorAdded>
{
    public const string Name = "notify-factor-added";

    public override async Task ConsumeAsync(FactorAdded fact, ControlDbContext db, CancellationToken ct)
    {
        if (await db.Users.AsNoTracking().SingleOrDefaultAsync(candidate => candidate.Id == fact.UserId, ct) is { } user)
        {
            await mail.SendAsync(
                user,
                user.Email,
                db,
                (to, product) => FactorAddedMail.WriteAsync(fact.ChangeId, to, fact.Kind, fact.AddedAt, product),
                ct
            );
        }
    }
}
