namespace SaaS.Infrastructure.Mail;

/// <summary>The mail will never be taken, most often because there is no such mailbox.</summary>
public sealed class MailRejectedException(string message) : Exception(message);

/// <summary>The mail was not taken this time: the server is away, busy, or not ours to use as it is configured.</summary>
public sealed class MailDeferredException(string message, Exception? cause = null) : IOException(message, cause);
