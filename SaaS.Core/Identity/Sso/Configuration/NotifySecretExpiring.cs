using Microsoft.EntityFrameworkCore;
using SaaS.Core.Auditing;
using SaaS.Core.Identity.Credentials;
using SaaS.Core.Identity.Credentials.Mails;
using SaaS.Core.Messaging;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy.Catalog;
using SaaS.Core.Tenancy.Members;
using SaaS.Infrastructure.Mail;

namespace SaaS.Core.Identity.Sso.Configuration;

/// <summary>
/// Notifies a tenant's admins that sign-in through their identity provider will fail unless they enter a new client secret.
/// </summary>
internal sealed class NotifySecretExpiring(PersonalMail mail) : PlatformEventConsumer<SsoSecretExpiring>
{
    public const string Name = "notify-secret-expiring";

    public override async Task ConsumeAsync(SsoSecretExpiring fact, ControlDbContext db, CancellationToken ct)
    {
        var admins = await db.ListActiveAdminsAsync(fact.TenantId, ct);
        var tenant = await db
            .Tenants.Where(candidate => candidate.Id == fact.TenantId)
            .Select(candidate => candidate.Name)
            .SingleOrDefaultAsync(ct);
        foreach (var admin in admins)
        {
            // A stable id, so that a duplicate of the same notification is recognized.
            var id = NamedId.From($"{fact.TenantId}/{fact.ExpiresAt.UtcTicks}/{fact.DaysLeft}/{admin.Id}");
            await mail.SendAsync(admin, admin.Email, db, (to, product) => WriteAsync(id, to, tenant ?? "", fact, product), ct);
        }
    }

    private static Task<Mail> WriteAsync(Guid id, Recipient to, string tenant, SsoSecretExpiring fact, string product) =>
        new EmailTemplate(
            fact.DaysLeft == 1 ? "Single sign-on stops within a day" : $"Single sign-on stops in {fact.DaysLeft} days or less",
            "The client secret of your identity provider expires.",
            [
                new Paragraph(
                    $"The client secret with which {product} signs users in to {EmailWording.ToOneLine(tenant) ?? "your tenant"} expires. After that, users cannot sign in through your identity provider."
                ),
                new KeyValueTable([new KeyValue("Expires", EmailWording.FormatTime(fact.ExpiresAt))]),
                new Paragraph(
                    "Create a new client secret for the application in Microsoft Entra ID, and enter it with its expiry time in the single sign-on settings."
                ),
                new Footnote("This reminder is sent 30, 7 and 1 days before the expiry, unless a new secret is entered."),
            ]
        ).ToMailAsync(to, id, product);
}
