using System.Net.Security;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using MailKit;
using MailKit.Net.Smtp;
using MailKit.Security;
using Microsoft.Extensions.Logging;

namespace SaaS.Infrastructure.Mail;

/// <summary>Mails over SMTP, a connection for each: they are few, and a connection that is kept is one that may be dead.</summary>
internal sealed partial class SmtpMailSender(SmtpOptions smtp, MailOptions options, TimeProvider clock, ILogger<SmtpMailSender> log) : MailSender
{
    /// <summary>Whom to believe beside the authorities of the operating system.</summary>
    internal RemoteCertificateValidationCallback? Trust { get; init; }

    public override async Task SendAsync(Mail mail, CancellationToken ct)
    {
        using var message = MimeEmail.Write(mail, options, clock.GetUtcNow());
        using var deadline = new CancellationTokenSource(smtp.Timeout, clock);
        using var until = CancellationTokenSource.CreateLinkedTokenSource(ct, deadline.Token);
        using var client = NewClient();

        try
        {
            await ConnectAsync(client, until.Token);
            await SignInAsync(client, until.Token);
            await client.SendAsync(message, until.Token);
        }
        catch (SmtpCommandException e) when (IsForGood(e))
        {
            throw new MailRejectedException($"The mail server refused the mail for good ({CodeOf(e)}).");
        }
        catch (SmtpCommandException e)
        {
            // The server's sentence stays out: it likes to repeat the address.
            throw new MailDeferredException($"The mail server did not take the mail ({CodeOf(e)}).");
        }
        catch (Exception e) when (MayPass(e) || (e is OperationCanceledException && !ct.IsCancellationRequested))
        {
            throw new MailDeferredException("The mail server could not be used.", e);
        }

        LogSent(log, mail.Id);
        await QuitAsync(client, until.Token);
    }

    /// <summary>Proves that the server answers and speaks as it should. Nobody signs in: servers count those who do.</summary>
    internal async Task CheckAsync(CancellationToken ct)
    {
        using var client = NewClient();

        try
        {
            await ConnectAsync(client, ct);
        }
        catch (Exception e) when (e is SmtpCommandException || MayPass(e))
        {
            throw new MailDeferredException("The mail server could not be used.", e);
        }

        await QuitAsync(client, ct);
    }

    private SmtpClient NewClient() => new()
    {
        ServerCertificateValidationCallback = Trust,
        CheckCertificateRevocation = false, // as HttpClient does: no mail waits for an authority's web server
    };

    private Task ConnectAsync(SmtpClient client, CancellationToken ct) => client.ConnectAsync(smtp.Host, smtp.Port, Demanded(smtp.Security), ct);

    private async Task SignInAsync(SmtpClient client, CancellationToken ct)
    {
        if (smtp.UserName is { Length: > 0 })
        {
            await client.AuthenticateAsync(smtp.UserName, smtp.Password ?? "", ct);
        }
    }

    // The mail is sent by now, so nothing that goes wrong here is the caller's affair.
    private static async Task QuitAsync(SmtpClient client, CancellationToken ct)
    {
        try
        {
            await client.DisconnectAsync(quit: true, ct);
        }
        catch (Exception e) when (e is OperationCanceledException or SmtpCommandException || MayPass(e))
        {
            // Disposing the client hangs up.
        }
    }

    private static SecureSocketOptions Demanded(SmtpSecurity security) => security switch
    {
        SmtpSecurity.None => SecureSocketOptions.None,
        SmtpSecurity.StartTls => SecureSocketOptions.StartTls,
        SmtpSecurity.Tls => SecureSocketOptions.SslOnConnect,
    };

    // A sender that is refused, or a sign-in that is missing, is our configuration: repaired, it lets the same mail pass.
    private static bool IsForGood(SmtpCommandException e) =>
        (int)e.StatusCode is >= 500 and not (530 or 534 or 535 or 538)
        && e.ErrorCode is SmtpErrorCode.RecipientNotAccepted or SmtpErrorCode.MessageNotAccepted;

    private static bool MayPass(Exception e) =>
        e is IOException or SocketException or TimeoutException or ProtocolException or NotSupportedException
            or AuthenticationException or SslHandshakeException or ServiceNotAuthenticatedException or ServiceNotConnectedException;

    // "550 5.1.1"
    private static string CodeOf(SmtpCommandException e) => $"{(int)e.StatusCode} {EnhancedCode().Match(e.Message).Value}".TrimEnd();

    [GeneratedRegex(@"^[245]\.\d{1,3}\.\d{1,3}\b")]
    private static partial Regex EnhancedCode();

    [LoggerMessage(1702, LogLevel.Information, "Mail {MailId} was taken by the mail server")]
    private static partial void LogSent(ILogger log, Guid mailId);
}
