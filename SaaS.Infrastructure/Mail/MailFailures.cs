namespace SaaS.Infrastructure.Mail;

/// <summary>The mail server rejected the mail permanently, most often because the mailbox does not exist.</summary>
public sealed class MailRejectedException(string message) : Exception(message);

/// <summary>
/// The mail could not be delivered now: the mail server is unavailable, busy, or rejects our configuration. Sending it again may succeed.
/// </summary>
public sealed class MailDeferredException(string message, Exception? cause = null) : IOException(message, cause);
