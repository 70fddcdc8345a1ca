using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using SaaS.Core.Access;
using SaaS.Core.Auditing;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Identity.Credentials.Mails;
using SaaS.Core.Jobs;
using SaaS.Core.Messaging;
using SaaS.Core.Persistence;
using SaaS.Infrastructure.Mail;
using SaaS.Infrastructure.Settings;

namespace SaaS.Core.Operations.Monitoring;

/// <summary>Notifies operators by email when a job alert is raised or ends.</summary>
internal sealed class OperatorMailer(MailSender sender, IOptions<ProductOptions> product, IOptions<JobAlertOptions> options)
{
    private static readonly Actor Mailer = Actor.Consumer("mail");

    public async Task SendAsync(JobAlert alert, bool isOver, ControlDbContext db, CancellationToken ct)
    {
        foreach (var to in await ListRecipientsAsync(db, ct))
        {
            var id = NamedId.From($"{alert.Id}/{(isOver ? "ended" : "raised")}/{to.Address}"); // a repeated email has the same id
            try
            {
                var template = isOver ? JobAlertMail.CreateEnded(alert) : JobAlertMail.CreateRaised(alert);
                await sender.SendAsync(await template.ToMailAsync(to, id, product.Value.Name), ct);
            }
            catch (MailRejectedException)
            {
                // The other recipients are still notified.
                db.Audit.Record(
                    tenantId: null,
                    Mailer,
                    AuditAction.MailRejected,
                    id,
                    AuditDetails.Create("alert_id", alert.Id).With("to", to.Address)
                );
            }
        }
    }

    private async Task<IReadOnlyList<Recipient>> ListRecipientsAsync(ControlDbContext db, CancellationToken ct) =>
        options.Value.MailTo is { Count: > 0 } named
            ? [.. named.Select(address => new Recipient(address, "", ""))]
            : await db
                .Users.Where(user => user.IsPlatformAdmin && user.IsActive)
                .OrderBy(user => user.Id)
                .Select(user => new Recipient((string)user.Email, user.FirstName, user.LastName))
                .ToListAsync(ct);

    internal sealed class AlertRaisedConsumer(OperatorMailer mail) : PlatformEventConsumer<JobAlertRaised>
    {
        public const string Name = "mail-job-alert";

        public override Task ConsumeAsync(JobAlertRaised fact, ControlDbContext db, CancellationToken ct) =>
            mail.SendAsync(fact.AlertId, isOver: false, db, ct);
    }

    internal sealed class AlertEndedConsumer(OperatorMailer mail) : PlatformEventConsumer<JobAlertEnded>
    {
        public const string Name = "mail-job-alert-end";

        public override Task ConsumeAsync(JobAlertEnded fact, ControlDbContext db, CancellationToken ct) =>
            mail.SendAsync(fact.AlertId, isOver: true, db, ct);
    }

    private async Task SendAsync(Guid alertId, bool isOver, ControlDbContext db, CancellationToken ct)
    {
        if (await db.JobAlerts.AsNoTracking().SingleOrDefaultAsync(alert => alert.Id == alertId, ct) is { } alert)
        {
            await SendAsync(alert, isOver, db, ct);
        }
    }
}
