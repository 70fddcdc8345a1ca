using System.Security.Cryptography;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using SaaS.Benchmarks;
using SaaS.Infrastructure.Encryption;
using SaaS.Infrastructure.Settings;
using SaaS.Infrastructure.Vault;

namespace SaaS.Tests.Infrastructure;

/// <summary>Tests the start of a host with different settings for secrets.</summary>
public sealed class EncryptionConfigurationTests
{
    private const string Key = "b25seSB0aGlydHktdHdvIGJ5dGVzIGFyZSBhIGtleSE=";
    private const string OtherKey = "YW5vdGhlciBrZXkgb2YgdGhpcnR5LXR3byBieXRlcyE=";

    [Theory]
    [InlineData("Encryption:Provider")]
    [InlineData("Encryption:Provider", "Encryption:MasterKey", Key)]
    [InlineData("Encryption:Provider", "Encryption:Provider", "both")]
    [InlineData("Encryption:MasterKey", "Encryption:Provider", "keyring")]
    [InlineData("Encryption:MasterKey", "Encryption:Provider", "keyring", "Encryption:MasterKey", "c2hvcnQ=")]
    [InlineData("Encryption:MasterKey", "Encryption:Provider", "keyring", "Encryption:MasterKey", "do-not-tell")]
    [InlineData("both set", "Encryption:Provider", "keyring", "Encryption:MasterKey", Key, "Encryption:MasterKeyFile", "/file")]
    [InlineData("Encryption:MasterKeyFile", "Encryption:Provider", "keyring", "Encryption:MasterKeyFile", "/not/there")]
    [InlineData(
        "Encryption:RetiredMasterKeys:1",
        "Encryption:Provider",
        "keyring",
        "Encryption:MasterKey",
        Key,
        "Encryption:RetiredMasterKeys:0",
        OtherKey,
        "Encryption:RetiredMasterKeys:1",
        "do-not-tell"
    )]
    [InlineData(
        "Encryption:FormerProvider",
        "Encryption:Provider",
        "keyring",
        "Encryption:MasterKey",
        Key,
        "Encryption:FormerProvider",
        "keyring"
    )]
    [InlineData("Encryption:MasterKey", "Encryption:Provider", "vault", "Encryption:FormerProvider", "keyring")]
    [InlineData(
        "Encryption:RotateAfter",
        "Encryption:Provider",
        "keyring",
        "Encryption:MasterKey",
        Key,
        "Encryption:RotateAfter",
        "00:59:59"
    )]
    [InlineData("MasterKy", "Encryption:Provider", "keyring", "Encryption:MasterKey", Key, "Encryption:MasterKy", Key)]
    public void An_invalid_encryption_setting_prevents_startup_and_is_named(string sentence, params string[] settings)
    {
        var stopped = Assert.ThrowsAny<InvalidOperationException>(() => NewHost(Environments.Production, settings));

        Assert.Contains(sentence, stopped.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("do-not-tell", stopped.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Vault:Address", "Vault:Address", "")]
    [InlineData("Vault:Address", "Vault:Address", "vault.example.com")]
    [InlineData("Vault:Address", "Vault:Address", "https://vault.example.com/v1")]
    [InlineData("Vault:Address", "Vault:Address", "ftp://vault.example.com")]
    [InlineData("must be https", "Vault:Address", "http://vault.example.com:8200")]
    [InlineData("Vault:RoleId", "Vault:RoleId", "")]
    [InlineData("Vault:SecretIdFile", "Vault:SecretId", "")]
    [InlineData("Vault:SecretIdFile", "Vault:SecretIdFile", "/not/there")]
    [InlineData("must be a readable file", "Vault:SecretId", "", "Vault:SecretIdFile", "/not/there")]
    [InlineData("Vault:CaFile", "Vault:CaFile", "/not/there")]
    [InlineData("Vault:CaFile", "Vault:CaFile", "/etc/hostname")]
    [InlineData("Vault:TransitMount", "Vault:TransitMount", "/transit/")]
    [InlineData("Vault:TransitMount", "Vault:TransitMount", "")]
    [InlineData("Vault:AppRoleMount", "Vault:AppRoleMount", "app role")]
    [InlineData("Vault:Timeout", "Vault:Timeout", "00:00:00")]
    public async Task An_invalid_Vault_setting_prevents_startup_and_is_named(string sentence, params string[] settings)
    {
        using var host = NewHost(Environments.Production, [.. VaultAt(new Uri("https://vault.example.com:8200")), .. settings]);

        var stopped = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync());

        Assert.Contains(sentence, stopped.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(VaultStandIn.SecretId, stopped.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unknown_Vault_setting_prevents_startup()
    {
        using var host = NewHost(Environments.Production, [.. VaultAt(new Uri("https://vault.example.com")), "Vault:Adress", "x"]);

        var stopped = await Assert.ThrowsAsync<InvalidSettingsException>(() => host.StartAsync());

        Assert.Contains("Adress", stopped.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_master_key_file_must_be_readable_only_by_its_owner()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Files have no modes here.");
            return;
        }

        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, Key + "\n");
        string[] settings = ["Encryption:Provider", "keyring", "Encryption:MasterKeyFile", file];

        foreach (var mode in new[] { UnixFileMode.GroupRead, UnixFileMode.OtherRead, UnixFileMode.OtherWrite })
        {
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | mode);
            Assert.Contains(
                "chmod 600",
                Assert.Throws<InvalidSettingsException>(() => NewHost(Environments.Production, settings)).Message,
                StringComparison.Ordinal
            );
        }

        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        using var host = NewHost(Environments.Production, settings);
        File.Delete(file);
    }

    [Fact]
    public async Task The_configured_provider_encrypts_and_Vault_affects_readiness()
    {
        await using var vault = await VaultStandIn.StartAsync();
        using var ring = NewHost(
            Environments.Production,
            "Encryption:Provider",
            "KeyRing",
            "Encryption:MasterKey",
            Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)),
            "Vault:Address",
            "not read"
        );
        using var host = NewHost(Environments.Production, VaultAt(vault.Address));
        await host.StartAsync();

        Assert.IsType<TransitCipher>(host.Services.GetRequiredService<Cipher>());
        using var moving = NewHost(
            Environments.Production,
            [.. VaultAt(vault.Address), "Encryption:Provider", "keyring", "Encryption:FormerProvider", "vault", "Encryption:MasterKey", Key]
        );
        Assert.Contains("vault", (await HealthAsync(moving)).Entries.Keys);
        Assert.DoesNotContain("vault", (await HealthAsync(ring)).Entries.Keys);
        Assert.Equal(HealthStatus.Healthy, (await HealthAsync(host)).Entries["vault"].Status);
        Assert.Contains("ready", (await HealthAsync(host)).Entries["vault"].Tags);

        vault.IsSealed = true;
        Assert.Equal(HealthStatus.Degraded, (await HealthAsync(host)).Entries["vault"].Status); // tenants that are open are still served
        await host.StopAsync();
    }

    private static Task<HealthReport> HealthAsync(IHost host) => host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync();

    private static string[] VaultAt(Uri address) =>
        [
            "Encryption:Provider",
            "vault",
            "Vault:Address",
            address.ToString(),
            "Vault:RoleId",
            VaultStandIn.RoleId,
            "Vault:SecretId",
            VaultStandIn.SecretId,
        ];

    private static IHost NewHost(string environment, params string[] settings)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { EnvironmentName = environment });
        foreach (var pair in settings.Chunk(2))
        {
            builder.Configuration[pair[0]] = pair[1];
        }

        builder.Services.AddLogging().AddSingleton(TimeProvider.System).AddHealthChecks();
        builder.AddSecrets();
        return builder.Build();
    }
}
