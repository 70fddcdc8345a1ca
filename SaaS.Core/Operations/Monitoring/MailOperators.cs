using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using SaaS.Core.Access;
using SaaS.Core.Auditing;
using SaaS.Core.Identity.Credentials.Mails;
using SaaS.Core.Jobs;
using SaaS.Core.Messaging;
using SaaS.Core.Persistence;
using SaaS.Infrastructure.Mail;

namespace SaaS.Core.Operations.Monitoring;

/// <summary>Mails to operators that something is wrong with a job, and that it is well again.</summary>
internal sealed class MailOperators(MailSender sender, IOptions<MailOptions> mail, IOptions<JobAlertOptions> options)
{
    private static readonly Actor Mailer = Actor.Consumer("mail");

    public async Task SendAsync(JobAlert alert, bool isOver, ControlDbContext db, CancellationToken ct)
    {
        foreach (var to in await ListRecipientsAsync(db, ct))
        {
            var id = NamedId.Of($"{alert.Id}/{(isOver ? "ended" : "raised")}/{to.Address}"); // sent twice, it is the same mail
            try
            {
                await sender.SendAsync((isOver ? JobAlertMail.WriteEnd(alert) : JobAlertMail.Write(alert)).To(to, id, mail.Value.ProductName), ct);
            }
            catch (MailRejectedException)
            {
                db.Audit.Record(tenantId: null, Mailer, AuditAction.MailRefused, id, AuditDetails.Of("alert_id", alert.Id).With("to", to.Address)); // the others are told all the same
            }
        }
    }

    private async Task<IReadOnlyList<Recipient>> ListRecipientsAsync(ControlDbContext db, CancellationToken ct) =>
        options.Value.MailTo is { Count: > 0 } named
            ? [.. named.Select(address => new Recipient(address, "", ""))]
            : await db.Users.Where(user => user.IsPlatformAdmin && user.IsActive).OrderBy(user => user.Id).Select(user => new Recipient((string)user.Email, user.FirstName, user.LastName)).ToListAsync(ct);

    /// <summary>When it begins.</summary>
    internal sealed class OfAlert(MailOperators mail) : PlatformEventConsumer<JobAlertRaised>
    {
        public const string Name = "mail-job-alert";

        public override Task ConsumeAsync(JobAlertRaised fact, ControlDbContext db, CancellationToken ct) => mail.SendAsync(fact.AlertId, isOver: false, db, ct);
    }

    /// <summary>When it is over.</summary>
    internal sealed class OfEnd(MailOperators mail) : PlatformEventConsumer<JobAlertEnded>
    {
        public const string Name = "mail-job-alert-end";

        public override Task ConsumeAsync(JobAlertEnded fact, ControlDbContext db, CancellationToken ct) => mail.SendAsync(fact.AlertId, isOver: true, db, ct);
    }

    private async Task SendAsync(Guid alertId, bool isOver, ControlDbContext db, CancellationToken ct)
    {
        if (await db.JobAlerts.AsNoTracking().SingleOrDefaultAsync(alert => alert.Id == alertId, ct) is { } alert)
        {
            await SendAsync(alert, isOver, db, ct);
        }
    }
}
