using System.Buffers;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MimeKit;
using SaaS.LocalServices;
using SmtpServer;
using SmtpServer.Authentication;
using SmtpServer.Mail;
using SmtpServer.Protocol;
using SmtpServer.Storage;

namespace SaaS.Tests.Infrastructure;

/// <summary>A real SMTP server in this process. It accepts every address except those whose names say otherwise.</summary>
internal sealed class MailServerUnderTest : IAsyncDisposable
{
    public const string UserName = "saas";
    public const string Password = "Engine1843";

    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _running;

    private MailServerUnderTest(X509Certificate2? certificate, bool tlsAtOnce, bool forMembersOnly)
    {
        Port = Ports.FreeOr(0);
        Certificate = certificate;

        var options = new SmtpServerOptionsBuilder()
            .ServerName("localhost")
            .Endpoint(endpoint =>
            {
                endpoint.Endpoint(new IPEndPoint(IPAddress.Loopback, Port)).IsSecure(tlsAtOnce).AuthenticationRequired(forMembersOnly);
                if (certificate is not null)
                {
                    endpoint.Certificate(certificate);
                }
            })
            .Build();

        var parts = new SmtpServer.ComponentModel.ServiceProvider();
        parts.Add(new Keep(Arrived));
        parts.Add((IMailboxFilter)new Doorman());
        parts.Add((IUserAuthenticator)new DelegatingUserAuthenticator((user, password) => (user, password) == (UserName, Password)));
        _running = new SmtpServer.SmtpServer(options, parts).StartAsync(_stopping.Token);
    }

    public int Port { get; }

    public X509Certificate2? Certificate { get; }

    public ConcurrentQueue<MimeMessage> Arrived { get; } = [];

    public static MailServerUnderTest Start() => new(certificate: null, tlsAtOnce: false, forMembersOnly: false);

    /// <summary>Starts with a self-signed certificate, and requires authentication.</summary>
    public static MailServerUnderTest StartSecured(bool tlsAtOnce = false) => new(SelfSigned(), tlsAtOnce, forMembersOnly: true);

    public async ValueTask DisposeAsync()
    {
        // A test that stops the server early disposes it again at its end.
        await _stopping.CancelAsync();
        await _running;
        Certificate?.Dispose();
    }

    private static X509Certificate2 SelfSigned()
    {
        using var key = RSA.Create(2048);
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = new CertificateRequest(
            "CN=localhost",
            key,
            HashAlgorithmName.SHA256,
            RSASignaturePadding.Pkcs1
        ).CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), null);
    }

    private sealed class Keep(ConcurrentQueue<MimeMessage> arrived) : MessageStore
    {
        public override async Task<SmtpResponse> SaveAsync(
            ISessionContext context,
            IMessageTransaction transaction,
            ReadOnlySequence<byte> buffer,
            CancellationToken cancellationToken
        )
        {
            arrived.Enqueue(await MimeMessage.LoadAsync(new MemoryStream(buffer.ToArray()), cancellationToken));
            return SmtpResponse.Ok;
        }
    }

    private sealed class Doorman : IMailboxFilter
    {
        public Task<bool> CanAcceptFromAsync(ISessionContext context, IMailbox from, int size, CancellationToken cancellationToken) =>
            Task.FromResult(true);

        public async Task<bool> CanDeliverToAsync(ISessionContext context, IMailbox to, IMailbox from, CancellationToken cancellationToken)
        {
            if (to.User is "slow")
            {
                await Task.Delay(TimeSpan.FromSeconds(30), cancellationToken);
            }

            return to.User switch
            {
                "unknown" => throw Saying(SmtpReplyCode.MailboxUnavailable, $"5.1.1 <{to.User}@{to.Host}> is not known here"),
                "full" => throw Saying((SmtpReplyCode)452, $"4.2.2 the mailbox of {to.User}@{to.Host} is full"),
                _ => true,
            };
        }

        private static SmtpResponseException Saying(SmtpReplyCode code, string sentence) => new(new SmtpResponse(code, sentence));
    }
}
