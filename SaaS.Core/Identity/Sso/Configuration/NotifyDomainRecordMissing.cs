using Microsoft.EntityFrameworkCore;
using SaaS.Core.Auditing;
using SaaS.Core.Identity.Credentials;
using SaaS.Core.Identity.Credentials.Mails;
using SaaS.Core.Messaging;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy.Members;
using SaaS.Infrastructure.Mail;

namespace SaaS.Core.Identity.Sso.Configuration;

/// <summary>
/// Notifies a tenant's admins that the TXT record of a verified domain is missing, and later that the domain is no longer verified.
/// </summary>
internal sealed class NotifyDomainRecordMissing(PersonalMail mail) : PlatformEventConsumer<SsoDomainRecordMissing>
{
    public const string Name = "notify-domain-record-missing";

    public override async Task ConsumeAsync(SsoDomainRecordMissing fact, ControlDbContext db, CancellationToken ct)
    {
        var admins = await db.ListActiveAdminsAsync(fact.TenantId, ct);
        var domain = await db
            .SsoDomains.AsNoTracking()
            .SingleOrDefaultAsync(one => one.TenantId == fact.TenantId && one.Domain == fact.Domain, ct);
        if (domain is null)
        {
            return; // the tenant has removed it
        }

        foreach (var admin in admins)
        {
            // A stable id, so that a duplicate of the same notification is recognized.
            var id = NamedId.From($"{fact.TenantId}/{fact.Domain}/{fact.VerifiedUntil.UtcTicks}/{fact.IsLost}/{admin.Id}");
            await mail.SendAsync(admin, admin.Email, db, (to, product) => WriteAsync(id, to, domain, fact, product), ct);
        }
    }

    private static Task<Mail> WriteAsync(Guid id, Recipient to, SsoDomain domain, SsoDomainRecordMissing fact, string product) =>
        new EmailTemplate(
            fact.IsLost ? $"The domain {fact.Domain} is no longer verified" : $"The TXT record of {fact.Domain} is missing",
            fact.IsLost
                ? "Single sign-on no longer links accounts of this domain."
                : "Publish it again, or the domain loses its verification.",
            [
                new Paragraph(
                    fact.IsLost
                        ? $"{product} has not found the TXT record that proves your ownership of {fact.Domain} for too long. Users who are already linked sign in as before."
                        : $"{product} regularly checks the TXT record that proves your ownership of {fact.Domain}. The record is missing."
                ),
                new KeyValueTable([
                    new KeyValue("Name", domain.RecordName),
                    new KeyValue("Text", domain.RecordText),
                    new KeyValue(fact.IsLost ? "Since" : "Verified until", EmailWording.FormatTime(fact.VerifiedUntil)),
                ]),
                new Paragraph(
                    fact.IsLost
                        ? "Publish the record and verify the domain again in the single sign-on settings."
                        : "Publish the record again, or remove the domain in the single sign-on settings if you no longer own it."
                ),
            ]
        ).ToMailAsync(to, id, product);
}
