using Microsoft.EntityFrameworkCore;
using SaaS.Core.Access;
using SaaS.Core.Auditing;
using SaaS.Core.Identity.Credentials;
using SaaS.Core.Identity.Credentials.Mails;
using SaaS.Core.Messaging;
using SaaS.Core.Persistence;
using SaaS.Infrastructure.Mail;

namespace SaaS.Core.Identity.Sso.Configuration;

/// <summary>Tells a tenant's admins that nobody will get in through their identity provider any more unless they enter a new client secret.</summary>
internal sealed class NotifySecretExpiring(PersonalMail mail) : PlatformEventConsumer<SsoSecretExpiring>
{
    public const string Name = "notify-secret-expiring";

    public override async Task ConsumeAsync(SsoSecretExpiring fact, ControlDbContext db, CancellationToken ct)
    {
        var admins = await db.Users.AsNoTracking()
            .Where(user => user.IsActive && db.Memberships.Any(membership => membership.TenantId == fact.TenantId && membership.UserId == user.Id && membership.Role == TenantRole.Admin))
            .OrderBy(user => user.Id)
            .ToListAsync(ct);
        var tenant = await db.Tenants.Where(candidate => candidate.Id == fact.TenantId).Select(candidate => candidate.Name).SingleOrDefaultAsync(ct);
        foreach (var admin in admins)
        {
            // The same for the same warning, so that a second copy is recognised.
            var id = NamedId.Of($"{fact.TenantId}/{fact.ExpiresAt.UtcTicks}/{fact.DaysLeft}/{admin.Id}");
            await mail.SendAsync(admin, admin.Email, db, (to, product) => Write(id, to, tenant ?? "", fact, product), ct);
        }
    }

    private static Mail Write(Guid id, Recipient to, string tenant, SsoSecretExpiring fact, string product) =>
        new EmailTemplate(
            fact.DaysLeft == 1 ? "Single sign-on stops within a day" : $"Single sign-on stops in {fact.DaysLeft} days or less",
            "The client secret of your identity provider expires.",
            [
                new Paragraph($"The client secret by which {product} signs people in to {EmailWording.Quoted(tenant) ?? "your tenant"} expires. From then on nobody gets in through your identity provider."),
                new KeyValueTable([new KeyValue("It expires", EmailWording.Moment(fact.ExpiresAt))]),
                new Paragraph("Make a new client secret for the application in Microsoft Entra ID, and enter it in the settings of single sign-on, with the time at which it expires."),
                new Footnote("You are told 30, 7 and 1 days before, and not when a new secret was entered."),
            ]).To(to, id, product);
}
