using Microsoft.Extensions.Options;
using SaaS.Core.Access;
using SaaS.Core.Auditing;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Identity.Credentials.Mails;
using SaaS.Core.Persistence;
using SaaS.Infrastructure.Mail;

namespace SaaS.Core.Identity.Credentials;

/// <summary>Sends a mail to somebody with an account, and keeps in mind when their server refuses it for good.</summary>
internal sealed class PersonalMail(MailSender sender, IOptions<MailOptions> options)
{
    private static readonly Actor Mailer = Actor.Consumer("mail");

    /// <param name="address">Where it goes; not always the account's own address.</param>
    /// <param name="write">Writes the mail to the recipient, in the name of the product.</param>
    /// <exception cref="MailDeferredException">The server is away or busy; the event is handed over again.</exception>
    public async Task SendAsync(User user, EmailAddress address, ControlDbContext db, Func<Recipient, string, Mail> write, CancellationToken ct)
    {
        var mail = write(new Recipient(address.Value, user.FirstName, user.LastName), options.Value.ProductName);
        try
        {
            await sender.SendAsync(mail, ct);
        }
        catch (MailRejectedException)
        {
            // There is no such mailbox: trying again would change nothing, and an operator finds it in the audit.
            db.Audit.Record(tenantId: null, Mailer, AuditAction.MailRefused, mail.Id, AuditDetails.Of("user_id", user.Id).With("to", address.Value));
        }
    }
}
