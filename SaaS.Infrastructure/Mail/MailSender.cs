namespace SaaS.Infrastructure.Mail;

/// <summary>
/// Sends mails. A sent mail cannot be taken back, so callers send after their transaction commits, and send again when in doubt.
/// </summary>
public abstract class MailSender
{
    /// <summary>Returns when the next mail server or the folder has accepted the whole mail.</summary>
    /// <exception cref="MailRejectedException">The mail was rejected permanently; sending it again is pointless.</exception>
    /// <exception cref="MailDeferredException">The mail was not accepted now; sending it again later may succeed.</exception>
    public abstract Task SendAsync(Mail mail, CancellationToken ct);

    /// <summary>Deletes sent mails that are still stored here; a mail server keeps its own.</summary>
    public virtual Task DeleteSentAsync(CancellationToken ct) => Task.CompletedTask;
}

/// <summary>The mail server rejected the mail permanently, most often because the mailbox does not exist.</summary>
public sealed class MailRejectedException(string message) : Exception(message);

/// <summary>
/// The mail could not be delivered now: the mail server is unavailable, busy, or rejects our configuration. Sending it again may succeed.
/// </summary>
public sealed class MailDeferredException(string message, Exception? cause = null) : IOException(message, cause);
