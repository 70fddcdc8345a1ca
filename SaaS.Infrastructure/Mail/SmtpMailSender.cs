using System.Net.Security;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using MailKit;
using MailKit.Net.Smtp;
using MailKit.Security;
using Microsoft.Extensions.Logging;

namespace SaaS.Infrastructure.Mail;

/// <summary>Sends mails over SMTP, with one connection per mail: mails are few, and a pooled connection may be dead.</summary>
internal sealed partial class SmtpMailSender(SmtpOptions smtp, Mailbox sender, TimeProvider clock, ILogger<SmtpMailSender> log) : MailSender
{
    /// <summary>Accepts additional server certificates; for tests.</summary>
    internal RemoteCertificateValidationCallback? Trust { get; init; }

    public override async Task SendAsync(Mail mail, CancellationToken ct)
    {
        using var message = MimeEmail.Create(mail, sender, clock.GetUtcNow());
        using var deadline = new CancellationTokenSource(smtp.Timeout, clock);
        using var until = CancellationTokenSource.CreateLinkedTokenSource(ct, deadline.Token);
        using var client = NewClient();

        try
        {
            await ConnectAsync(client, until.Token);
            await SignInAsync(client, until.Token);
            await client.SendAsync(message, until.Token);
        }
        catch (SmtpCommandException e) when (IsPermanent(e))
        {
            throw new MailRejectedException($"The mail server rejected the mail permanently ({CodeOf(e)}).");
        }
        catch (SmtpCommandException e)
        {
            // The server's text is left out, because it often repeats the address.
            throw new MailDeferredException($"The mail server did not accept the mail ({CodeOf(e)}).");
        }
        catch (Exception e) when (IsTransient(e) || (e is OperationCanceledException && !ct.IsCancellationRequested))
        {
            throw new MailDeferredException("The mail server could not be used.", e);
        }

        LogSent(log, mail.Id);
        await QuitAsync(client, until.Token);
    }

    /// <summary>
    /// Checks that the server answers and supports the configured security. It does not authenticate, because servers limit
    /// authentications.
    /// </summary>
    internal async Task CheckAsync(CancellationToken ct)
    {
        using var client = NewClient();

        try
        {
            await ConnectAsync(client, ct);
        }
        catch (Exception e) when (e is SmtpCommandException || IsTransient(e))
        {
            throw new MailDeferredException("The mail server could not be used.", e);
        }

        await QuitAsync(client, ct);
    }

    private SmtpClient NewClient() =>
        new()
        {
            ServerCertificateValidationCallback = Trust,
            // As HttpClient does: sending must not depend on the revocation server of a certificate authority
            CheckCertificateRevocation = false,
        };

    private Task ConnectAsync(SmtpClient client, CancellationToken ct) =>
        client.ConnectAsync(smtp.Host, smtp.Port, ToSocketOptions(smtp.Security), ct);

    private async Task SignInAsync(SmtpClient client, CancellationToken ct)
    {
        if (smtp.UserName is { Length: > 0 })
        {
            await client.AuthenticateAsync(smtp.UserName, smtp.Password ?? "", ct);
        }
    }

    // The mail is sent, so a failure to disconnect does not matter to the caller.
    private static async Task QuitAsync(SmtpClient client, CancellationToken ct)
    {
        try
        {
            await client.DisconnectAsync(quit: true, ct);
        }
        catch (Exception e) when (e is OperationCanceledException or SmtpCommandException || IsTransient(e))
        {
            // Disposing the client closes the connection.
        }
    }

    private static SecureSocketOptions ToSocketOptions(SmtpSecurity security) =>
        security switch
        {
            SmtpSecurity.None => SecureSocketOptions.None,
            SmtpSecurity.StartTls => SecureSocketOptions.StartTls,
            SmtpSecurity.Tls => SecureSocketOptions.SslOnConnect,
        };

    // A rejected sender or a missing authentication is a configuration error: once it is fixed, the same mail can be sent.
    private static bool IsPermanent(SmtpCommandException e) =>
        (int)e.StatusCode is >= 500 and not (530 or 534 or 535 or 538)
        && e.ErrorCode is SmtpErrorCode.RecipientNotAccepted or SmtpErrorCode.MessageNotAccepted;

    private static bool IsTransient(Exception e) =>
        e
            is IOException
                or SocketException
                or TimeoutException
                or ProtocolException
                or NotSupportedException
                or AuthenticationException
                or SslHandshakeException
                or ServiceNotAuthenticatedException
                or ServiceNotConnectedException;

    // "550 5.1.1"
    private static string CodeOf(SmtpCommandException e) => $"{(int)e.StatusCode} {EnhancedCode().Match(e.Message).Value}".TrimEnd();

    [GeneratedRegex(@"^[245]\.\d{1,3}\.\d{1,3}\b")]
    private static partial Regex EnhancedCode();

    [LoggerMessage(1702, LogLevel.Information, "Mail {MailId} was accepted by the mail server")]
    private static partial void LogSent(ILogger log, Guid mailId);
}
