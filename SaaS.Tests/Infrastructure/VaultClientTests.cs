using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;
using SaaS.Benchmarks;
using SaaS.Infrastructure.Vault;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Infrastructure;

/// <summary>Tests the communication with Vault, and the handling of its failures.</summary>
public sealed class VaultClientTests : IAsyncLifetime
{
    private const string Plaintext = "cGxhaW50ZXh0IG9mIGEgc2VjcmV0";

    private readonly ShiftedClock _clock = new();
    private readonly Notes _notes = new();
    private readonly List<VaultClient> _clients = [];
    private VaultStandIn _vault = null!;

    public async ValueTask InitializeAsync() => _vault = await VaultStandIn.StartAsync(clock: _clock);

    public async ValueTask DisposeAsync()
    {
        _clients.ForEach(client => client.Dispose());
        _notes.Dispose();
        await _vault.DisposeAsync();
    }

    [Fact]
    public async Task The_client_signs_in_once_and_reuses_the_token()
    {
        var transit = NewTransit();
        await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => transit.ListKeysAsync(CancellationToken.None)));

        Assert.Equal(1, _vault.SignIns);
        Assert.Single(_vault.Requests.Where(asked => asked.Path == "transit/keys").Select(asked => asked.Token).Distinct());
        Assert.All(_vault.Requests, asked => Assert.Empty(asked.Namespace ?? ""));
    }

    [Fact]
    public async Task The_token_is_renewed_after_about_two_thirds_of_its_life()
    {
        var transit = NewTransit();
        await CallAfterAsync(TimeSpan.Zero);
        await CallAfterAsync(TimeSpan.FromMinutes(35));
        Assert.Equal((1, 0), (_vault.SignIns, _vault.Renewals));

        await CallAfterAsync(TimeSpan.FromMinutes(43));
        await CallAfterAsync(TimeSpan.FromMinutes(44));
        Assert.Equal((1, 1), (_vault.SignIns, _vault.Renewals));

        await CallAfterAsync(TimeSpan.FromMinutes(43 + 43));
        Assert.Equal((1, 2), (_vault.SignIns, _vault.Renewals));

        async Task CallAfterAsync(TimeSpan time)
        {
            _clock.Ahead = time;
            await transit.ListKeysAsync(CancellationToken.None);
        }
    }

    [Fact]
    public async Task An_expired_token_causes_a_new_sign_in()
    {
        var transit = NewTransit();
        await transit.ListKeysAsync(CancellationToken.None);
        _clock.Ahead = TimeSpan.FromHours(2);
        await transit.ListKeysAsync(CancellationToken.None);

        Assert.Equal((2, 0), (_vault.SignIns, _vault.Renewals));
    }

    [Fact]
    public async Task A_non_renewable_token_causes_a_new_sign_in_before_it_expires()
    {
        _vault.AreTokensRenewable = false;
        var transit = NewTransit();
        await transit.ListKeysAsync(CancellationToken.None);
        _clock.Ahead = TimeSpan.FromMinutes(43);
        await transit.ListKeysAsync(CancellationToken.None);

        Assert.Equal((2, 0), (_vault.SignIns, _vault.Renewals));
    }

    [Fact]
    public async Task A_token_at_its_maximum_lifetime_causes_a_new_sign_in()
    {
        _vault.MaxLifetime = 5400;
        var transit = NewTransit();
        foreach (var minutes in new[] { 0, 43, 80 }) // the renewal at 43 min is valid until minute 90, and therefore the last one
        {
            _clock.Ahead = TimeSpan.FromMinutes(minutes);
            await transit.ListKeysAsync(CancellationToken.None);
        }

        Assert.Equal((2, 1), (_vault.SignIns, _vault.Renewals));
    }

    [Fact]
    public async Task A_revoked_token_causes_a_new_sign_in_and_the_call_succeeds()
    {
        var transit = NewTransit();
        await transit.CreateKeyAsync("one", CancellationToken.None);
        _vault.RevokeTokens();

        var keys = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => transit.ListKeysAsync(CancellationToken.None)));

        Assert.All(keys, found => Assert.Equal(["one"], found));
        Assert.Equal(2, _vault.SignIns);
    }

    [Fact]
    public async Task A_call_denied_by_policy_causes_no_new_sign_in()
    {
        _vault.DeniedPath = "transit/keys";
        var transit = NewTransit();

        var refused = await Assert.ThrowsAsync<VaultException>(() => transit.ListKeysAsync(CancellationToken.None));

        Assert.Equal((HttpStatusCode.Forbidden, 1), (refused.Status, _vault.SignIns));
        Assert.Equal(["permission denied"], refused.Errors);
    }

    [Fact]
    public async Task A_valid_token_is_used_while_renewals_fail()
    {
        var transit = NewTransit();
        await transit.ListKeysAsync(CancellationToken.None);
        _clock.Ahead = TimeSpan.FromMinutes(43);
        _vault.FailNext(3, 500); // the renewal and each retry of it

        await transit.ListKeysAsync(CancellationToken.None);
        await transit.ListKeysAsync(CancellationToken.None);
        Assert.Equal((1, 3), (_vault.SignIns, _vault.Renewals));

        _clock.Ahead = TimeSpan.FromMinutes(44);
        await transit.ListKeysAsync(CancellationToken.None);
        Assert.Equal((1, 4), (_vault.SignIns, _vault.Renewals));
    }

    [Fact]
    public async Task A_wrong_secret_id_is_reported_and_not_retried()
    {
        var refused = await Assert.ThrowsAsync<VaultUnavailableException>(() =>
            NewTransit(secretId: "not-the-secret-id").ListKeysAsync(CancellationToken.None)
        );

        Assert.Equal((HttpStatusCode.BadRequest, 1), (refused.Status, _vault.SignIns));
        Assert.Contains("auth/approle/login: HTTP 400 invalid role or secret ID", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_secret_id_file_is_read_at_each_sign_in()
    {
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, "spent");
        var transit = NewTransit(secretId: null, secretIdFile: file);
        await Assert.ThrowsAsync<VaultUnavailableException>(() => transit.ListKeysAsync(CancellationToken.None));

        await File.WriteAllTextAsync(file, VaultStandIn.SecretId + "\n");
        Assert.Empty(await transit.ListKeysAsync(CancellationToken.None));
        File.Delete(file);
    }

    [Theory]
    [InlineData(429)]
    [InlineData(412)]
    [InlineData(500)]
    [InlineData(502)]
    [InlineData(503)]
    public async Task Transient_errors_are_retried(int status)
    {
        _vault.FailNext(2, status);
        await NewTransit().CreateKeyAsync("one", CancellationToken.None);

        Assert.True(_vault.HasKey("one"));
        Assert.Equal(3, _vault.SignIns);
    }

    [Fact]
    public async Task A_retry_delay_requested_by_Vault_is_capped()
    {
        _vault.FailNext(1, 429, retryAfter: "3600");

        Assert.Empty(await NewTransit().ListKeysAsync(CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(30)));
    }

    [Theory]
    [InlineData(400)]
    [InlineData(404)]
    [InlineData(405)]
    public async Task A_request_rejected_by_Vault_is_not_retried(int status)
    {
        var transit = NewTransit();
        await transit.CreateKeyAsync("one", CancellationToken.None);
        _vault.FailNext(1, status, "no");

        var refused = await Assert.ThrowsAsync<VaultException>(() => transit.RotateKeyAsync("one", CancellationToken.None));

        Assert.Equal((status, 1), ((int)refused.Status!, _vault.Requests.Count(asked => asked.Path == "transit/keys/one/rotate")));
    }

    [Fact]
    public async Task A_sealed_Vault_is_reported_as_unavailable()
    {
        _vault.IsSealed = true;
        var client = NewClient();

        var away = await Assert.ThrowsAsync<VaultUnavailableException>(() =>
            new VaultTransit(client, "transit").ListKeysAsync(CancellationToken.None)
        );
        Assert.Equal((HttpStatusCode.ServiceUnavailable, 3), (away.Status, _vault.SignIns));
        Assert.Contains("Vault is sealed", away.Message, StringComparison.Ordinal);
        Assert.Equal(
            "Vault is sealed.",
            (await Assert.ThrowsAsync<VaultUnavailableException>(() => client.CheckAsync(CancellationToken.None))).Message
        );

        _vault.IsSealed = false;
        await client.CheckAsync(CancellationToken.None);
    }

    [Fact]
    public async Task The_health_check_verifies_the_credentials()
    {
        await Assert.ThrowsAsync<VaultUnavailableException>(() =>
            NewClient(secretId: "not-the-secret-id").CheckAsync(CancellationToken.None)
        );
        await NewClient().CheckAsync(CancellationToken.None);

        Assert.Contains(_vault.Requests, asked => asked.Path == "auth/token/lookup-self");
    }

    [Fact]
    public async Task A_silent_Vault_is_retried_and_a_stopped_one_is_unavailable()
    {
        _vault.HangOnce();
        Assert.Empty(await NewTransit(timeout: TimeSpan.FromSeconds(0.5)).ListKeysAsync(CancellationToken.None));

        await _vault.DisposeAsync();
        await Assert.ThrowsAsync<VaultUnavailableException>(() =>
            NewTransit().ListKeysAsync(CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(30))
        );
    }

    [Fact]
    public async Task A_cancelled_call_throws()
    {
        using var given = new CancellationTokenSource();
        await given.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => NewTransit().ListKeysAsync(given.Token));
    }

    [Fact]
    public async Task A_secret_is_read_by_version_and_written_with_check_and_set()
    {
        var secrets = new VaultSecrets(NewClient(), "secret");
        const string Path = "saas-project/prod/jwt";
        Assert.Null(await secrets.FindAsync(Path, CancellationToken.None));
        Assert.Equal(0, await secrets.NewestVersionAsync(Path, CancellationToken.None));

        Assert.Equal(
            1,
            await secrets.TryWriteAsync(Path, new Dictionary<string, string> { ["secret_key"] = "first" }, after: 0, CancellationToken.None)
        );
        Assert.Null(
            await secrets.TryWriteAsync(Path, new Dictionary<string, string> { ["secret_key"] = "late" }, after: 0, CancellationToken.None)
        );
        Assert.Equal(
            2,
            await secrets.TryWriteAsync(
                Path,
                new Dictionary<string, string> { ["secret_key"] = "second" },
                after: 1,
                CancellationToken.None
            )
        );

        var newest = await secrets.FindAsync(Path, CancellationToken.None);
        var oldest = await secrets.FindAsync(Path, CancellationToken.None, version: 1);
        Assert.Equal(
            (2, "second", 1, "first"),
            (newest!.Version, newest.Fields["secret_key"], oldest!.Version, oldest.Fields["secret_key"])
        );
        Assert.DoesNotContain("second", newest.ToString(), StringComparison.Ordinal);

        _vault.DeleteSecret(Path);
        Assert.Null(await secrets.FindAsync(Path, CancellationToken.None));
        Assert.Equal(2, await secrets.NewestVersionAsync(Path, CancellationToken.None));
    }

    [Fact]
    public async Task The_namespace_is_sent_with_every_call_except_health()
    {
        var client = NewClient(vaultNamespace: "team/one");
        await client.CheckAsync(CancellationToken.None);
        await new VaultTransit(client, "transit").CreateKeyAsync("one", CancellationToken.None);

        Assert.All(_vault.Requests, asked => Assert.Equal(asked.Path == "sys/health" ? "" : "team/one", asked.Namespace ?? ""));
    }

    [Fact]
    public async Task Only_certificates_of_the_configured_authority_are_trusted()
    {
        using var authority = NewAuthority("CN=The authority");
        using var stranger = NewAuthority("CN=A stranger");
        using var certificate = SignedBy(authority);
        await using var vault = await VaultStandIn.StartAsync(certificate);

        Assert.Empty(await NewTransit(vault, caFile: await WriteAsync(authority)).ListKeysAsync(CancellationToken.None));
        foreach (var file in new[] { await WriteAsync(stranger), null })
        {
            var away = await Assert.ThrowsAsync<VaultUnavailableException>(() =>
                NewTransit(vault, caFile: file).ListKeysAsync(CancellationToken.None)
            );
            Assert.Contains("Vault:CaFile", away.Message, StringComparison.Ordinal);
        }

        Assert.Equal(1, vault.SignIns);

        static async Task<string> WriteAsync(X509Certificate2 certificate)
        {
            var file = Path.GetTempFileName();
            await File.WriteAllTextAsync(file, certificate.ExportCertificatePem());
            return file;
        }
    }

    [Fact]
    public async Task Secrets_are_never_logged_even_when_an_error_echoes_them()
    {
        var transit = NewTransit();
        await transit.CreateKeyAsync("one", CancellationToken.None);
        var ciphertext = (await transit.EncryptAsync("one", [Plaintext], CancellationToken.None))[0];
        _vault.EchoOnce();
        var repeated = await Assert.ThrowsAsync<VaultException>(() => transit.EncryptAsync("one", [Plaintext], CancellationToken.None));
        _vault.EchoOnce();
        var many = await Assert.ThrowsAsync<VaultException>(() => transit.EncryptAsync("one", ["b25l", Plaintext], CancellationToken.None));
        _vault.RevokeTokens();
        _vault.FailNext(1, 403);
        _vault.FailNext(1, 403);
        _vault.EchoOnce();
        var signIn = await Assert.ThrowsAnyAsync<VaultException>(() => transit.DecryptAsync("one", [ciphertext], CancellationToken.None));
        _clock.Ahead = TimeSpan.FromMinutes(43);
        _vault.FailNext(3, 503);
        await transit.ListKeysAsync(CancellationToken.None);

        string[] said =
        [
            repeated.ToString(),
            many.ToString(),
            signIn.ToString(),
            .. repeated.Errors,
            .. many.Errors,
            .. signIn.Errors,
            .. _notes.Said,
        ];
        string[] secrets =
        [
            VaultStandIn.SecretId,
            Plaintext,
            .. _vault.Requests.Select(asked => asked.Token).Where(token => !string.IsNullOrEmpty(token)).Distinct()!,
        ];
        Assert.True(secrets.Length > 2 && !_notes.Said.IsEmpty);
        Assert.All(secrets, secret => Assert.DoesNotContain(said, text => text.Contains(secret, StringComparison.Ordinal)));
        Assert.Contains("withheld", repeated.Message, StringComparison.Ordinal);
    }

    private VaultTransit NewTransit(
        VaultStandIn? vault = null,
        string? secretId = VaultStandIn.SecretId,
        string? secretIdFile = null,
        string? caFile = null,
        TimeSpan? timeout = null
    ) => new(NewClient(vault, secretId, secretIdFile, caFile, timeout: timeout), "transit");

    private VaultClient NewClient(
        VaultStandIn? vault = null,
        string? secretId = VaultStandIn.SecretId,
        string? secretIdFile = null,
        string? caFile = null,
        string? vaultNamespace = null,
        TimeSpan? timeout = null
    )
    {
        var client = new VaultClient(
            new VaultOptions
            {
                Address = (vault ?? _vault).Address,
                RoleId = VaultStandIn.RoleId,
                SecretId = secretId,
                SecretIdFile = secretIdFile,
                CaFile = caFile,
                Namespace = vaultNamespace,
                Timeout = timeout ?? TimeSpan.FromSeconds(10),
            },
            _clock,
            _notes
        );
        _clients.Add(client);
        return client;
    }

    private static X509Certificate2 NewAuthority(string name)
    {
        using var key = RSA.Create(2048);
        var now = TimeProvider.System.GetUtcNow();
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(
            new X509BasicConstraintsExtension(
                certificateAuthority: true,
                hasPathLengthConstraint: false,
                pathLengthConstraint: 0,
                critical: true
            )
        );
        return request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
    }

    private static X509Certificate2 SignedBy(X509Certificate2 authority)
    {
        using var key = RSA.Create(2048);
        var now = TimeProvider.System.GetUtcNow();
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(names.Build());
        using var signed = request.Create(authority, now.AddHours(-1), now.AddHours(1), RandomNumberGenerator.GetBytes(8));
        using var whole = signed.CopyWithPrivateKey(key);
        return X509CertificateLoader.LoadPkcs12(whole.Export(X509ContentType.Pkcs12), null);
    }

    /// <summary>A logger that records every message with its exceptions.</summary>
    private sealed class Notes : ILoggerFactory, ILogger
    {
        public ConcurrentQueue<string> Said { get; } = [];

        public ILogger CreateLogger(string categoryName) => this;

        public void AddProvider(ILoggerProvider provider) { }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter
        ) => Said.Enqueue($"{formatter(state, exception)} {exception}");

        public void Dispose() { }
    }
}
