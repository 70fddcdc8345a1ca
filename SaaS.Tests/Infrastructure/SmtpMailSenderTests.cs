using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using MimeKit;
using SaaS.Infrastructure.Mail;

namespace SaaS.Tests.Infrastructure;

public sealed class SmtpMailSenderTests : MailSenderTests, IAsyncDisposable
{
    private readonly MailServerUnderTest _server = MailServerUnderTest.Start();

    public SmtpMailSenderTests() => Sender = SenderTo(_server, SmtpSecurity.None);

    internal override MailSender Sender { get; }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task An_unknown_mailbox_is_rejected_permanently()
    {
        var refused = await Assert.ThrowsAsync<MailRejectedException>(() => Sender.SendAsync(To("unknown"), CancellationToken.None));

        Assert.Contains("550 5.1.1", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("unknown@", refused.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_full_mailbox_is_a_transient_failure()
    {
        var deferred = await Assert.ThrowsAsync<MailDeferredException>(() => Sender.SendAsync(To("full"), CancellationToken.None));

        Assert.Contains("452 4.2.2", deferred.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("full@", deferred.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unavailable_server_is_a_transient_failure()
    {
        await _server.DisposeAsync();

        await Assert.ThrowsAsync<MailDeferredException>(() => Sender.SendAsync(Letter, CancellationToken.None));
    }

    [Fact]
    public async Task A_server_that_exceeds_the_timeout_is_abandoned()
    {
        var impatient = SenderTo(_server, SmtpSecurity.None, timeout: TimeSpan.FromSeconds(1));
        var started = Stopwatch.GetTimestamp();

        await Assert.ThrowsAsync<MailDeferredException>(() => impatient.SendAsync(To("slow"), CancellationToken.None));

        Assert.True(Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(10));
    }

    [Theory]
    [InlineData(SmtpSecurity.StartTls)]
    [InlineData(SmtpSecurity.Tls)]
    public async Task The_sender_authenticates_over_TLS(SmtpSecurity security)
    {
        await using var secured = MailServerUnderTest.StartSecured(tlsAtOnce: security is SmtpSecurity.Tls);

        await SenderTo(secured, security, MailServerUnderTest.Password, trusting: true).SendAsync(Letter, CancellationToken.None);

        Assert.Equal(Letter.Subject, Assert.Single(secured.Arrived).Subject);
    }

    [Fact]
    public async Task A_server_with_an_untrusted_certificate_gets_no_password_and_no_mail()
    {
        await using var secured = MailServerUnderTest.StartSecured();

        await Assert.ThrowsAsync<MailDeferredException>(() =>
            SenderTo(secured, SmtpSecurity.StartTls, MailServerUnderTest.Password).SendAsync(Letter, CancellationToken.None)
        );

        Assert.Empty(secured.Arrived);
    }

    [Fact]
    public async Task A_server_without_TLS_gets_no_mail_when_TLS_is_required()
    {
        await Assert.ThrowsAsync<MailDeferredException>(() =>
            SenderTo(_server, SmtpSecurity.StartTls).SendAsync(Letter, CancellationToken.None)
        );

        Assert.Empty(_server.Arrived);
    }

    [Theory]
    [InlineData("wrong")]
    [InlineData(null)]
    public async Task A_failed_authentication_defers_the_mail(string? password)
    {
        await using var secured = MailServerUnderTest.StartSecured();

        await Assert.ThrowsAsync<MailDeferredException>(() =>
            SenderTo(secured, SmtpSecurity.StartTls, password, trusting: true).SendAsync(Letter, CancellationToken.None)
        );

        Assert.Empty(secured.Arrived);
    }

    [Fact]
    public async Task The_health_check_detects_an_unavailable_server()
    {
        var sender = SenderTo(_server, SmtpSecurity.None);
        await sender.CheckAsync(CancellationToken.None);

        await _server.DisposeAsync();
        await Assert.ThrowsAsync<MailDeferredException>(() => sender.CheckAsync(CancellationToken.None));
    }

    protected override IReadOnlyList<MimeMessage> Arrived() => [.. _server.Arrived];

    private static Mail To(string user) => Letter with { To = new Mailbox($"{user}@example.com", "Zoë") };

    private static SmtpMailSender SenderTo(
        MailServerUnderTest server,
        SmtpSecurity security,
        string? password = null,
        bool trusting = false,
        TimeSpan? timeout = null
    )
    {
        var smtp = new SmtpOptions
        {
            Host = "127.0.0.1",
            Port = server.Port,
            Security = security,
            UserName = password is null ? null : MailServerUnderTest.UserName,
            Password = password,
            Timeout = timeout ?? TimeSpan.FromSeconds(30),
        };

        return new SmtpMailSender(smtp, From, TimeProvider.System, NullLogger<SmtpMailSender>.Instance)
        {
            Trust = trusting ? (_, shown, _, _) => shown?.GetCertHashString() == server.Certificate?.GetCertHashString() : null,
        };
    }
}
