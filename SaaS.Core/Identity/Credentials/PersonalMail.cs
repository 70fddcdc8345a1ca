using Microsoft.Extensions.Options;
using SaaS.Core.Access;
using SaaS.Core.Auditing;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Identity.Credentials.Mails;
using SaaS.Core.Persistence;
using SaaS.Infrastructure.Mail;
using SaaS.Infrastructure.Settings;

namespace SaaS.Core.Identity.Credentials;

/// <summary>Sends mail to users and records permanent rejections in the audit log.</summary>
internal sealed class PersonalMail(MailSender sender, IOptions<ProductOptions> product)
{
    private static readonly Actor Mailer = Actor.Consumer("mail");

    /// <summary>Sends a mail to the user of an account.</summary>
    /// <param name="address">The address to send to, which is not always the account's.</param>
    /// <param name="write">Writes the mail for a recipient and the name of the product.</param>
    /// <exception cref="MailDeferredException">The server is unavailable or busy; the event is retried.</exception>
    public Task SendAsync(
        User user,
        EmailAddress address,
        ControlDbContext db,
        Func<Recipient, string, Task<Mail>> write,
        CancellationToken ct
    ) => SendAsync(new Recipient(address.Value, user.FirstName, user.LastName), db, write, AuditDetails.Create("user_id", user.Id), ct);

    /// <summary>Sends a mail to an address.</summary>
    /// <param name="write">Writes the mail for a recipient and the name of the product.</param>
    /// <param name="details">What the audit log shows with the address when the mail is rejected.</param>
    /// <exception cref="MailDeferredException">The server is unavailable or busy; the event is retried.</exception>
    public async Task SendAsync(
        Recipient recipient,
        ControlDbContext db,
        Func<Recipient, string, Task<Mail>> write,
        AuditDetails details,
        CancellationToken ct
    )
    {
        var mail = await write(recipient, product.Value.Name);
        try
        {
            await sender.SendAsync(mail, ct);
        }
        catch (MailRejectedException)
        {
            // The mailbox does not exist: a retry would change nothing, and the audit log shows the rejection to operators.
            db.Audit.Record(tenantId: null, Mailer, AuditAction.MailRejected, mail.Id, details.With("to", recipient.Address));
        }
    }
}
