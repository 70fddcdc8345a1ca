namespace SaaS.Infrastructure.Mail;

/// <summary>Hands a mail on. Who got it cannot be taken back, so a caller sends after its own commit, and again when in doubt.</summary>
public abstract class MailSender
{
    /// <summary>Returns when the next one in the line has taken the mail, whole, into its care.</summary>
    /// <exception cref="MailRejectedException">This mail will never be taken; sending it again is of no use.</exception>
    /// <exception cref="MailDeferredException">It was not taken this time; sending it again later may go well.</exception>
    public abstract Task SendAsync(Mail mail, CancellationToken ct);

    /// <summary>Deletes sent mails that are still within reach; a mail server's are not.</summary>
    public virtual Task DeleteSentAsync(CancellationToken ct) => Task.CompletedTask;
}
