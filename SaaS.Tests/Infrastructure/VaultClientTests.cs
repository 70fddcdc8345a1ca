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
    public async Task It_signs_in_once_and_every_call_goes_with_the_token()
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
    public async Task A_token_that_nobody_used_for_longer_than_it_lives_is_another_sign_in()
    {
        var transit = NewTransit();
        await transit.ListKeysAsync(CancellationToken.None);
        _clock.Ahead = TimeSpan.FromHours(2);
        await transit.ListKeysAsync(CancellationToken.None);

        Assert.Equal((2, 0), (_vault.SignIns, _vault.Renewals));
    }

    [Fact]
    public async Task A_token_that_cannot_be_renewed_is_another_sign_in_before_it_ends()
    {
        _vault.AreTokensRenewable = false;
        var transit = NewTransit();
        await transit.ListKeysAsync(CancellationToken.None);
        _clock.Ahead = TimeSpan.FromMinutes(43);
        await transit.ListKeysAsync(CancellationToken.None);

        Assert.Equal((2, 0), (_vault.SignIns, _vault.Renewals));
    }

    [Fact]
    public async Task At_its_longest_life_a_token_is_another_sign_in()
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
    public async Task A_token_that_was_revoked_is_another_sign_in_and_the_call_succeeds()
    {
        var transit = NewTransit();
        await transit.CreateKeyAsync("one", CancellationToken.None);
        _vault.RevokeTokens();

        var keys = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => transit.ListKeysAsync(CancellationToken.None)));

        Assert.All(keys, found => Assert.Equal(["one"], found));
        Assert.Equal(2, _vault.SignIns);
    }

    [Fact]
    public async Task What_the_policy_forbids_costs_no_sign_in()
    {
        _vault.DeniedPath = "transit/keys";
        var transit = NewTransit();

        var refused = await Assert.ThrowsAsync<VaultException>(() => transit.ListKeysAsync(CancellationToken.None));

        Assert.Equal((HttpStatusCode.Forbidden, 1), (refused.Status, _vault.SignIns));
        Assert.Equal(["permission denied"], refused.Errors);
    }

    [Fact]
    public async Task A_token_that_is_still_good_is_used_while_vault_renews_none()
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
    public async Task A_wrong_secret_id_is_said_and_not_tried_again()
    {
        var refused = await Assert.ThrowsAsync<VaultUnavailableException>(() =>
            NewTransit(secretId: "not-the-secret-id").ListKeysAsync(CancellationToken.None)
        );

        Assert.Equal((HttpStatusCode.BadRequest, 1), (refused.Status, _vault.SignIns));
        Assert.Contains("auth/approle/login: HTTP 400 invalid role or secret ID", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_file_of_the_secret_id_is_read_at_each_sign_in()
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
    public async Task What_is_over_in_a_moment_nobody_sees(int status)
    {
        _vault.FailNext(2, status);
        await NewTransit().CreateKeyAsync("one", CancellationToken.None);

        Assert.True(_vault.HasKey("one"));
        Assert.Equal(3, _vault.SignIns);
    }

    [Fact]
    public async Task A_pause_that_vault_asks_for_is_kept_within_bounds()
    {
        _vault.FailNext(1, 429, retryAfter: "3600");

        Assert.Empty(await NewTransit().ListKeysAsync(CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(30)));
    }

    [Theory]
    [InlineData(400)]
    [InlineData(404)]
    [InlineData(405)]
    public async Task What_vault_refuses_is_not_tried_again(int status)
    {
        var transit = NewTransit();
        await transit.CreateKeyAsync("one", CancellationToken.None);
        _vault.FailNext(1, status, "no");

        var refused = await Assert.ThrowsAsync<VaultException>(() => transit.RotateKeyAsync("one", CancellationToken.None));

        Assert.Equal((status, 1), ((int)refused.Status!, _vault.Requests.Count(asked => asked.Path == "transit/keys/one/rotate")));
    }

    [Fact]
    public async Task A_sealed_vault_is_away_and_the_check_says_so()
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
    public async Task A_check_proves_that_vault_knows_us()
    {
        await Assert.ThrowsAsync<VaultUnavailableException>(() =>
            NewClient(secretId: "not-the-secret-id").CheckAsync(CancellationToken.None)
        );
        await NewClient().CheckAsync(CancellationToken.None);

        Assert.Contains(_vault.Requests, asked => asked.Path == "auth/token/lookup-self");
    }

    [Fact]
    public async Task A_vault_that_is_silent_or_gone_is_away()
    {
        _vault.HangOnce();
        Assert.Empty(await NewTransit(timeout: TimeSpan.FromSeconds(0.5)).ListKeysAsync(CancellationToken.None));

        await _vault.DisposeAsync();
        await Assert.ThrowsAsync<VaultUnavailableException>(() =>
            NewTransit().ListKeysAsync(CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(30))
        );
    }

    [Fact]
    public async Task Who_gives_up_is_told_so()
    {
        using var given = new CancellationTokenSource();
        await given.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => NewTransit().ListKeysAsync(given.Token));
    }

    [Fact]
    public async Task A_secret_is_read_in_any_version_and_written_only_over_the_one_that_was_meant()
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
    public async Task A_namespace_goes_with_every_call_but_the_question_for_health()
    {
        var client = NewClient(vaultNamespace: "team/one");
        await client.CheckAsync(CancellationToken.None);
        await new VaultTransit(client, "transit").CreateKeyAsync("one", CancellationToken.None);

        Assert.All(_vault.Requests, asked => Assert.Equal(asked.Path == "sys/health" ? "" : "team/one", asked.Namespace ?? ""));
    }

    [Fact]
    public async Task A_certificate_is_trusted_if_the_configured_authority_has_signed_it()
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
    public async Task Nothing_secret_is_logged_or_thrown_also_when_an_error_repeats_it()
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
