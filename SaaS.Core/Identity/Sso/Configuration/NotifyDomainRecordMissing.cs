using Microsoft.EntityFrameworkCore;
using SaaS.Core.Access;
using SaaS.Core.Auditing;
using SaaS.Core.Identity.Credentials;
using SaaS.Core.Identity.Credentials.Mails;
using SaaS.Core.Messaging;
using SaaS.Core.Persistence;
using SaaS.Infrastructure.Mail;

namespace SaaS.Core.Identity.Sso.Configuration;

/// <summary>Tells a tenant's admins that the TXT record of a verified domain is missing, and later that the domain is not verified any more.</summary>
internal sealed class NotifyDomainRecordMissing(PersonalMail mail) : PlatformEventConsumer<SsoDomainRecordMissing>
{
    public const string Name = "notify-domain-record-missing";

    public override async Task ConsumeAsync(SsoDomainRecordMissing fact, ControlDbContext db, CancellationToken ct)
    {
        var admins = await db.Users.AsNoTracking()
            .Where(user => user.IsActive && db.Memberships.Any(membership => membership.TenantId == fact.TenantId && membership.UserId == user.Id && membership.Role == TenantRole.Admin))
            .OrderBy(user => user.Id)
            .ToListAsync(ct);
        var domain = await db.SsoDomains.AsNoTracking().SingleOrDefaultAsync(one => one.TenantId == fact.TenantId && one.Domain == fact.Domain, ct);
        if (domain is null)
        {
            return; // the tenant has removed it
        }

        foreach (var admin in admins)
        {
            // The same for the same warning, so that a second copy is recognised.
            var id = NamedId.Of($"{fact.TenantId}/{fact.Domain}/{fact.VerifiedUntil.UtcTicks}/{fact.IsLost}/{admin.Id}");
            await mail.SendAsync(admin, admin.Email, db, (to, product) => Write(id, to, domain, fact, product), ct);
        }
    }

    private static Mail Write(Guid id, Recipient to, SsoDomain domain, SsoDomainRecordMissing fact, string product) =>
        new EmailTemplate(
            fact.IsLost ? $"The domain {fact.Domain} is not verified any more" : $"The TXT record of {fact.Domain} is missing",
            fact.IsLost ? "Single sign-on does not link accounts by this domain any more." : "Publish it again, or the domain is not verified any more.",
            [
                new Paragraph(fact.IsLost
                    ? $"{product} has not found the TXT record that proves that {fact.Domain} is yours for too long. People who are linked already sign in as before."
                    : $"{product} reads the TXT record that proves that {fact.Domain} is yours from time to time. It is not there any more."),
                new KeyValueTable([new KeyValue("Name", domain.RecordName), new KeyValue("Text", domain.RecordText), new KeyValue(fact.IsLost ? "Since" : "Verified until", EmailWording.Moment(fact.VerifiedUntil))]),
                new Paragraph(fact.IsLost ? "Publish the record and verify the domain again in the settings of single sign-on." : "Publish the record again, or remove the domain in the settings of single sign-on if it is not yours any more."),
            ]).To(to, id, product);
}
