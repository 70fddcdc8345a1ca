using System.Collections.Concurrent;
using System.Security.Cryptography;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;
using SaaS.Benchmarks;
using SaaS.Core.Identity.Sessions;
using SaaS.Infrastructure.Settings;
using SaaS.Infrastructure.Vault;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Infrastructure;

/// <summary>Tests how a host uses the secrets that Vault has for it, at its start and later.</summary>
public sealed class SecretsFromVaultTests : IAsyncLifetime
{
    private static readonly string Key = NewKey('k');

    private readonly CollectedLog _log = new();
    private VaultStandIn _vault = null!;

    public async ValueTask InitializeAsync()
    {
        _vault = await VaultStandIn.StartAsync();
        _vault.PutSecret(
            "saas-project/test/database",
            ("main_url", "postgresql://app:p1@db/main"),
            ("tenant_url_template", "postgresql://x")
        );
        _vault.PutSecret("saas-project/test/provisioning", ("url", "Host=db;Username=owner;Password=p2"));
        _vault.PutSecret("saas-project/test/jwt", ("secret_key", Key), ("access_token_expires", "600"));
        _vault.PutSecret(
            "saas-project/test/s3",
            ("endpoint_url", "https://s3.example.com"),
            ("access_key_id", "id"),
            ("secret_access_key", "a;b"),
            ("bucket_name", "bucket"),
            ("public_url", "")
        );
    }

    public ValueTask DisposeAsync() => _vault.DisposeAsync();

    [Fact]
    public void Vault_secrets_override_other_settings()
    {
        using var host = NewHost("Jwt:SigningKey", "from the environment", "Objects:Region", "eu-central-1");
        var configuration = host.Services.GetRequiredService<IConfiguration>();

        Assert.Equal("Host=db;Port=5432;Database=main;Username=app;Password=p1", configuration.GetConnectionString("saas-platform"));
        Assert.Equal("Host=db;Username=owner;Password=p2", configuration.GetConnectionString("saas-provisioning"));
        Assert.Equal(
            "Endpoint=https://s3.example.com;AccessKey=id;SecretKey=\"a;b\"",
            configuration.GetConnectionString("minio"),
            ignoreCase: true
        );
        Assert.Equal((Key, "00:10:00"), (configuration["Jwt:SigningKey"], configuration["Sessions:AccessTokenLifetime"]));
        Assert.Equal(
            ("bucket", "eu-central-1", null),
            (configuration["Objects:Bucket"], configuration["Objects:Region"], configuration["Objects:PublicEndpoint"])
        );
        Assert.Equal(
            (SettingSource.Vault, SettingSource.Vault, SettingSource.Program, SettingSource.Default),
            (
                configuration.SourceOf("Jwt:SigningKey"),
                configuration.SourceOf("ConnectionStrings:minio"),
                configuration.SourceOf("Objects:Region"),
                configuration.SourceOf("Objects:PublicEndpoint")
            )
        );
    }

    [Fact]
    public void A_host_that_creates_no_databases_does_not_read_the_provisioning_connection()
    {
        using var host = NewHost(provisions: false);

        Assert.Null(host.Services.GetRequiredService<IConfiguration>().GetConnectionString("saas-provisioning"));
        Assert.DoesNotContain(_vault.Requests, one => one.Path.EndsWith("/provisioning", StringComparison.Ordinal));
    }

    [Fact]
    public void Vault_is_not_read_when_the_source_is_the_environment()
    {
        using var host = NewHost("Secrets:Source", "environment", "Jwt:SigningKey", Key);

        Assert.Equal(Key, host.Services.GetRequiredService<IConfiguration>()["Jwt:SigningKey"]);
        Assert.Empty(_vault.Requests);
    }

    [Fact]
    public void A_folder_as_object_store_needs_no_access_key()
    {
        _vault.PutSecret("saas-project/test/s3", ("endpoint_url", "file:///objects"));
        using var host = NewHost();

        Assert.Equal(
            "Endpoint=file:///objects",
            host.Services.GetRequiredService<IConfiguration>().GetConnectionString("minio"),
            ignoreCase: true
        );
    }

    [Fact]
    public void All_missing_secrets_are_reported_at_once_without_values()
    {
        _vault.PutSecret("saas-project/test/s3", ("endpoint_url", "https://do-not-tell.example.com"), ("access_key_id", ""));
        _vault.DeleteSecret("saas-project/test/jwt");

        var stopped = Assert.Throws<InvalidSettingsException>(() => NewHost());

        Assert.Contains("secret/saas-project/test/jwt is not there.", stopped.Message, StringComparison.Ordinal);
        Assert.Contains("secret/saas-project/test/s3 has no field access_key_id.", stopped.Message, StringComparison.Ordinal);
        Assert.Contains("secret/saas-project/test/s3 has no field secret_access_key.", stopped.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("do-not-tell", stopped.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("main_url", "database", "main_url", "do-not-tell")]
    [InlineData("access_token_expires", "jwt", "access_token_expires", "do-not-tell")]
    public void An_invalid_secret_is_reported_without_its_value(string named, string secret, string field, string value)
    {
        var fields = _vault
            .SecretAt($"saas-project/test/{secret}")!
            .Where(other => other.Key != field)
            .Select(other => (other.Key, other.Value));
        _vault.PutSecret($"saas-project/test/{secret}", [.. fields, (field, value)]);

        var stopped = Assert.Throws<InvalidSettingsException>(() => NewHost());

        Assert.Contains(named, stopped.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("do-not-tell", stopped.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Secrets:Environment", "Secrets:Environment", "")]
    [InlineData("Secrets:Environment", "Secrets:Environment", "/prod")]
    [InlineData("Secrets:Mount", "Secrets:Mount", "secret/")]
    [InlineData("Secrets:PollInterval", "Secrets:PollInterval", "00:00:00.5")]
    [InlineData("Vault:RoleId", "Vault:RoleId", "")]
    [InlineData("Sauce", "Secrets:Sauce", "x")]
    [InlineData("Source", "Secrets:Source", "elsewhere")]
    [InlineData("without Vault there are no secrets to start with", "Vault:SecretId", "another")]
    public void An_invalid_secrets_setting_prevents_startup_and_is_named(string sentence, params string[] settings) =>
        Assert.Contains(sentence, Assert.ThrowsAny<InvalidOperationException>(() => NewHost(settings)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_sealed_Vault_prevents_startup_with_a_clear_error()
    {
        _vault.IsSealed = true;

        var stopped = Assert.Throws<InvalidSettingsException>(() => NewHost());

        Assert.Contains("Vault is sealed", stopped.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Earlier_versions_in_Vault_are_retired_signing_keys()
    {
        _vault.DeleteSecret("saas-project/test/jwt"); // the first key: it must no longer be accepted
        string[] keys = [.. "abcd".Select(NewKey)];
        foreach (var key in keys)
        {
            _vault.PutSecret("saas-project/test/jwt", ("secret_key", key));
        }

        using var host = NewHost();
        Assert.Equal(
            [keys[2], keys[1], keys[0]],
            host.Services.GetRequiredService<IConfiguration>().GetSection("Jwt:RetiredSigningKeys").Get<string[]>()!
        );
    }

    [Fact]
    public async Task Changed_secrets_are_reloaded_and_kept_while_Vault_is_unavailable_or_invalid()
    {
        using var host = NewHost();
        var configuration = host.Services.GetRequiredService<IConfiguration>();
        await host.StartAsync(TestContext.Current.CancellationToken);
        var jwt = host.Services.GetRequiredService<IOptionsMonitor<JwtOptions>>();
        var shown = new ConcurrentQueue<string?>();
        using var watching = ChangeToken.OnChange(configuration.GetReloadToken, () => shown.Enqueue(configuration["Jwt:SigningKey"]));
        await SeenAsync('a');

        _vault.IsSealed = true;
        await SaidAsync(1912);
        Assert.Equal('a', jwt.CurrentValue.SigningKey[0]);

        _vault.IsSealed = false;
        foreach (
            var (bad, sentence) in new[]
            {
                ("do-not-tell", "Jwt:SigningKey must have"),
                ($"do-not-tell{new string('0', 64)}", "Jwt:SigningKey has fewer than"),
            }
        )
        {
            _vault.PutSecret("saas-project/test/jwt", ("secret_key", bad));
            await Eventually.HoldsAsync(
                () => Task.FromResult(_log.Text.Contains(sentence, StringComparison.Ordinal)),
                $"'{sentence}' is not logged"
            );
            Assert.Equal('a', jwt.CurrentValue.SigningKey[0]);
        }

        _vault.PutSecret("saas-project/test/jwt", ("secret_key", NewKey('a')), ("access_token_expires", "1"));
        await Eventually.HoldsAsync(
            () => Task.FromResult(_log.Text.Contains("AccessTokenLifetime", StringComparison.Ordinal)),
            "a lifetime that cannot be right is not complained of"
        );

        await SeenAsync('b');
        Assert.Equal(['a', 'b'], shown.Select(key => key![0])); // no reader has seen an invalid value at any time
        Assert.DoesNotContain("do-not-tell", _log.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(Key, _log.Text, StringComparison.Ordinal);
        Assert.Contains("Jwt:SigningKey", _log.Text, StringComparison.Ordinal);
        await host.StopAsync(TestContext.Current.CancellationToken);

        Task SeenAsync(char letter)
        {
            _vault.PutSecret("saas-project/test/jwt", ("secret_key", NewKey(letter)));
            return Eventually.HoldsAsync(() => Task.FromResult(jwt.CurrentValue.SigningKey[0] == letter), "the new key is not seen");
        }

        Task SaidAsync(int id) => Eventually.HoldsAsync(() => Task.FromResult(_log.Has(id)), $"{id} is not logged");
    }

    private IHost NewHost(params string[] settings) => NewHost(provisions: true, settings);

    private IHost NewHost(bool provisions, params string[] settings)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { EnvironmentName = Environments.Production });
        string[] usual =
        [
            "Secrets:Source",
            "vault",
            "Secrets:Environment",
            "test",
            "Vault:Address",
            _vault.Address.ToString(),
            "Vault:RoleId",
            VaultStandIn.RoleId,
            "Vault:SecretId",
            VaultStandIn.SecretId,
            "Vault:Timeout",
            "00:01:00", // HastyClock shortens it to a hundredth
        ];
        foreach (var pair in usual.Concat(settings).Chunk(2))
        {
            builder.Configuration[pair[0]] = pair[1];
        }

        builder.Logging.AddProvider(_log);
        builder.Services.AddSingleton<TimeProvider>(new HastyClock());
        builder.AddSecretsSource((configuration, _) => SigningSecrets.Validate(configuration), provisions);
        builder.Services.AddSettings<JwtOptions>("Jwt");
        builder.Services.AddSettings<SessionOptions>("Sessions");
        return builder.Build();
    }

    private static string NewKey(char first) => $"{first}{RandomNumberGenerator.GetHexString(80)}";
}
