using SaaS.Infrastructure.Settings;

namespace SaaS.Infrastructure.Mail;

/// <summary>Settings of outgoing mail: the sender, and either a mail server or, for development, a folder.</summary>
public sealed class MailOptions
{
    public MailFromOptions From { get; init; } = new();

    /// <summary>An absolute path: each mail is written to a file in this folder, and is not delivered.</summary>
    public string? Folder { get; init; }

    /// <summary>
    /// Allows <c>Mail:Folder</c> outside Development, where it is rejected by default because users would wait for mails that are not
    /// delivered.
    /// </summary>
    public bool AllowFolderOutsideDevelopment { get; init; }

    public SmtpOptions? Smtp { get; init; }
}

/// <summary>The From header of all mails.</summary>
public sealed class MailFromOptions
{
    public string Address { get; init; } = "";

    /// <summary>The display name; empty uses the product name.</summary>
    public string Name { get; init; } = "";
}

/// <summary>Settings of the mail server.</summary>
public sealed class SmtpOptions
{
    public string Host { get; init; } = "";

    public int Port { get; init; } = 587;

    public SmtpSecurity Security { get; init; } = SmtpSecurity.StartTls;

    /// <summary>Null connects without authentication, which a server in a private network may accept.</summary>
    public string? UserName { get; init; }

    [Secret]
    public string? Password { get; init; }

    /// <summary>The timeout for one mail, from connecting to the server's acknowledgement.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);
}

/// <summary>
/// The transport security of the connection to the mail server. A server that does not support the chosen one gets no mail.
/// </summary>
public enum SmtpSecurity
{
    /// <summary>No encryption; only for a server on the same machine or in a trusted network.</summary>
    None,

    /// <summary>STARTTLS: upgrades to TLS before any command is sent; usually port 587.</summary>
    StartTls,

    /// <summary>TLS from the first byte; usually port 465.</summary>
    Tls,
}
