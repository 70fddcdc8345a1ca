using SaaS.Infrastructure.Settings;

namespace SaaS.Infrastructure.Mail;

/// <summary>Who the mails are from, and who carries them: a server, or a folder in which a developer finds them.</summary>
public sealed class MailOptions
{
    /// <summary>What the mails call the product.</summary>
    public string ProductName { get; init; } = "SaaS Platform";

    public MailFromOptions From { get; init; } = new();

    /// <summary>An absolute folder: each mail becomes a file in it, and reaches nobody.</summary>
    public string? Folder { get; init; }

    /// <summary>Outside Development a folder is refused without this, because people would wait for mails that never come.</summary>
    public bool AllowFolderOutsideDevelopment { get; init; }

    public SmtpOptions? Smtp { get; init; }
}

/// <summary>The sender that people see.</summary>
public sealed class MailFromOptions
{
    public string Address { get; init; } = "";

    /// <summary>The product's name, if empty.</summary>
    public string Name { get; init; } = "";
}

/// <summary>The mail server that takes our mails.</summary>
public sealed class SmtpOptions
{
    public string Host { get; init; } = "";

    public int Port { get; init; } = 587;

    public SmtpSecurity Security { get; init; } = SmtpSecurity.StartTls;

    /// <summary>None signs in as nobody, which a server of one's own network may accept.</summary>
    public string? UserName { get; init; }

    [Secret]
    public string? Password { get; init; }

    /// <summary>For one mail, from the connection to the server's receipt.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);
}

/// <summary>How the way to the mail server is protected. What is chosen is demanded: a server that cannot do it gets no mail.</summary>
public enum SmtpSecurity
{
    /// <summary>Not at all; for a server on the same machine or a network that nobody listens on.</summary>
    None,

    /// <summary>Begins in the clear and changes to TLS before anything is said; usually port 587.</summary>
    StartTls,

    /// <summary>TLS from the first byte; usually port 465.</summary>
    Tls,
}
