using Microsoft.Extensions.Logging.Abstractions;
using SaaS.Benchmarks;
using SaaS.Infrastructure.Mail;
using SaaS.Infrastructure.Objects;
using SaaS.Infrastructure.Vault;
using SaaS.Tests.Fixtures;
using SaaS.Tests.Infrastructure;

namespace SaaS.Tests.Faults;

/// <summary>
/// Tests network faults between the application and a backing service: it is unavailable as long as the fault lasts, and used again
/// afterwards.
/// </summary>
public sealed class BackingServiceFaultTests(S3Server s3)
{
    private const string Md5 = "900150983cd24fb0d6963f7d28e17f72";

    private static readonly Mail Letter = new(
        Guid.CreateVersion7(DateTimeOffset.UnixEpoch),
        new Mailbox("zoe@example.com", "Zoë"),
        "Hello",
        "Hello",
        "<p>Hello</p>"
    );

    private readonly Guid _tenant = Guid.CreateVersion7(DateTimeOffset.UnixEpoch);

    [Theory]
    [InlineData(Fault.Cut)]
    [InlineData(Fault.Garbled)]
    public async Task Mail_is_deferred_while_the_mail_server_is_disconnected_or_garbled(Fault fault)
    {
        await using var server = MailServerUnderTest.Start();
        await using var proxy = FaultProxy.To(server.Port);
        var sender = new SmtpMailSender(
            new SmtpOptions
            {
                Host = "127.0.0.1",
                Port = proxy.Port,
                Security = SmtpSecurity.None,
                Timeout = TimeSpan.FromSeconds(5),
            },
            MailSenderTests.From,
            TimeProvider.System,
            NullLogger<SmtpMailSender>.Instance
        );

        proxy.SetFault(fault);
        await Assert.ThrowsAsync<MailDeferredException>(() => sender.SendAsync(Letter, CancellationToken.None));
        Assert.Empty(server.Arrived);

        proxy.SetFault(Fault.None);
        await sender.SendAsync(Letter, CancellationToken.None);
        Assert.Single(server.Arrived);
    }

    [Theory]
    [InlineData(Fault.Cut)]
    [InlineData(Fault.Garbled)]
    public async Task A_disconnected_or_garbled_object_store_is_unavailable_and_loses_nothing(Fault fault)
    {
        var access = await s3.AccessAsync();
        await using var proxy = FaultProxy.To(access.Endpoint.Port);
        using var direct = await s3.OpenAsync();
        using var through = new S3ObjectStore(
            new S3Access(new UriBuilder(access.Endpoint) { Port = proxy.Port }.Uri, access.AccessKey, access.SecretKey),
            new ObjectsOptions { Bucket = S3Server.Bucket },
            TimeProvider.System
        );
        var (kept, late) = (
            ObjectKey.ForFile(_tenant, Guid.CreateVersion7(DateTimeOffset.UnixEpoch), Md5),
            ObjectKey.ForFile(_tenant, Guid.CreateVersion7(DateTimeOffset.UnixEpoch), Md5)
        );
        await through.PutAsync(kept, new MemoryStream([1, 2, 3]), CancellationToken.None);

        proxy.SetFault(fault);
        await Assert.ThrowsAsync<ObjectStoreUnavailableException>(() => through.OpenAsync(kept, CancellationToken.None));
        await Assert.ThrowsAsync<ObjectStoreUnavailableException>(() =>
            through.PutAsync(late, new MemoryStream([4]), CancellationToken.None)
        );

        proxy.SetFault(Fault.None);
        await through.PutAsync(late, new MemoryStream([4]), CancellationToken.None);
        Assert.True(await through.ExistsAsync(kept, CancellationToken.None) && await direct.ExistsAsync(late, CancellationToken.None));
        await direct.DeleteAllAsync(ObjectKey.FilesOf(_tenant), CancellationToken.None);
    }

    [Theory]
    [InlineData(Fault.Cut)]
    [InlineData(Fault.Garbled)]
    public async Task A_disconnected_or_garbled_Vault_is_unavailable_and_decrypts_again_afterwards(Fault fault)
    {
        await using var vault = await VaultStandIn.StartAsync();
        await using var proxy = FaultProxy.To(vault.Address.Port);
        using var client = new VaultClient(
            new VaultOptions
            {
                Address = new UriBuilder(vault.Address) { Port = proxy.Port }.Uri,
                RoleId = VaultStandIn.RoleId,
                SecretId = VaultStandIn.SecretId,
                Timeout = TimeSpan.FromSeconds(5),
            },
            TimeProvider.System,
            NullLoggerFactory.Instance
        );
        var transit = new VaultTransit(client, "transit");
        await transit.CreateKeyAsync("one", CancellationToken.None);
        var ciphertext = (await transit.EncryptAsync("one", ["c2VjcmV0"], CancellationToken.None))[0];

        proxy.SetFault(fault);
        await Assert.ThrowsAsync<VaultUnavailableException>(() => transit.DecryptAsync("one", [ciphertext], CancellationToken.None));

        proxy.SetFault(Fault.None);
        Assert.Equal(["c2VjcmV0"], await transit.DecryptAsync("one", [ciphertext], CancellationToken.None));
    }
}
