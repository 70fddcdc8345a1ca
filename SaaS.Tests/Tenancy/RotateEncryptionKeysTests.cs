using System.Net.Http.Json;
using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using SaaS.Benchmarks;
using SaaS.Core.Access;
using SaaS.Core.Encryption;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Identity.Sso;
using SaaS.Core.Identity.Sso.BreakGlass;
using SaaS.Core.Identity.Sso.Configuration;
using SaaS.Core.Identity.Sso.SignIn;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy;
using SaaS.Core.Tenancy.Catalog;
using SaaS.Core.Tenancy.Provisioning;
using SaaS.Infrastructure.Encryption;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Tenancy;

/// <summary>
/// Tests the job that rotates encryption keys, with keys in the database and in Vault. It has its own backing services, because the job
/// processes every tenant.
/// </summary>
public sealed class RotateEncryptionKeysTests : IAsyncLifetime
{
    private readonly ShiftedClock _clock = new();
    private Fixtures.BackingServices _backingServices = null!;
    private VaultStandIn _vault = null!;
    private readonly Dictionary<ApiUnderTest, Dictionary<string, string?>> _settingsOf = [];
    private Dictionary<string, string?> _settings = null!;

    public async ValueTask InitializeAsync()
    {
        _backingServices = await Fixtures.BackingServices.StartAsync();
        _vault = await VaultStandIn.StartAsync(clock: _clock);
        _settings = new Dictionary<string, string?>(_backingServices.Settings) { ["Passwords:WorkFactor"] = "4" };
        Assert.Equal(0, await SaaSApp.MigrateAsync(_settings));
    }

    public async ValueTask DisposeAsync()
    {
        await _vault.DisposeAsync();
        await _backingServices.DisposeAsync();
    }

    [Theory]
    [InlineData("keyring", "ring")]
    [InlineData("vault", "vault")]
    public async Task Each_run_re_encrypts_values_and_retires_older_key_versions(string provider, string prefix)
    {
        await using var api = StartApi(provider);
        var tenant = await CreateTenantAsync(api);
        var first = await StoredAsync(api, tenant);
        Assert.StartsWith($"{prefix}:v", first, StringComparison.Ordinal);
        Assert.Equal("0 keys rotated, 0 values sealed anew, 0 of 1 tenants failed", await RunAsync(api));

        _clock.Ahead = TimeSpan.FromDays(21);
        Assert.Equal("1 keys rotated, 1 values sealed anew, 0 of 1 tenants failed", await RunAsync(api));
        Assert.Equal("0 keys rotated, 0 values sealed anew, 0 of 1 tenants failed", await RunAsync(api));
        var second = await StoredAsync(api, tenant);
        Assert.Equal(Cipher.VersionOf(first) + 1, Cipher.VersionOf(second));
        Assert.Equal(await DecryptAsync(api, tenant, first), await DecryptAsync(api, tenant, second));

        _clock.Ahead = TimeSpan.FromDays(42);
        Assert.Equal("1 keys rotated, 1 values sealed anew, 0 of 1 tenants failed", await RunAsync(api));
        await Assert.ThrowsAnyAsync<CryptographicException>(() => DecryptAsync(api, tenant, first));
        Assert.Equal(await DecryptAsync(api, tenant, second), await DecryptAsync(api, tenant, await StoredAsync(api, tenant)));

        // A newly started host serves the tenant as well.
        await using var next = StartApi(provider);
        Assert.Equal(HttpStatusCode.OK, await AskAsync(next, tenant));
    }

    [Fact]
    public async Task SSO_secrets_are_re_encrypted_with_one_key_per_purpose()
    {
        await using var api = StartApi("keyring");
        var tenant = await CreateTenantAsync(api);
        await PlantSsoAsync(api, tenant);
        _clock.Ahead = TimeSpan.FromDays(42);
        Assert.Equal("4 keys rotated, 5 values sealed anew, 0 of 1 tenants failed", await RunAsync(api));
        Assert.Equal("0 keys rotated, 0 values sealed anew, 0 of 1 tenants failed", await RunAsync(api));

        await InControlAsync(
            api,
            async db =>
            {
                var cipher = api.Services.GetRequiredService<Cipher>();
                var configuration = await db.SsoConfigurations.SingleAsync();
                var identity = await db.SsoIdentities.SingleAsync();
                var admin = await db.BreakGlassAdmins.SingleAsync();
                foreach (
                    var (value, purpose, planted) in new[]
                    {
                        (configuration.EncryptedClientSecret, SsoConfiguration.SecretPurpose, "client secret"),
                        (identity.EncryptedAccessToken!, SsoIdentity.TokenPurpose, "access token"),
                        (identity.EncryptedRefreshToken!, SsoIdentity.TokenPurpose, "refresh token"),
                        (admin.EncryptedSecret, BreakGlassAdmin.SecretPurpose, "authenticator"),
                    }
                )
                {
                    Assert.Equal(3, Cipher.VersionOf(value)); // the first stored key is version 2
                    Assert.Equal(planted, await cipher.DecryptAsync(value, tenant.Id, purpose, CancellationToken.None));
                }

                return true;
            }
        );
    }

    [Theory]
    [InlineData("keyring", "ring", "vault", "vault")]
    [InlineData("vault", "vault", "keyring", "ring")]
    public async Task An_installation_migrates_to_the_other_provider_and_counts_failures(
        string former,
        string formerPrefix,
        string provider,
        string prefix
    )
    {
        List<(TenantOf Tenant, string Stored, string Password)> moved = [];
        await using (var before = StartApi(former))
        {
            for (var i = 0; i < 3; i++)
            {
                var tenant = await CreateTenantAsync(before);
                var stored = await StoredAsync(before, tenant);
                moved.Add((tenant, stored, await DecryptAsync(before, tenant, stored)));
            }
        }

        await using (var between = StartApi(provider, former))
        {
            // Nothing is re-encrypted yet and every value can be decrypted; new values are encrypted by the new cipher.
            Assert.Equal(HttpStatusCode.OK, await AskAsync(between, moved[0].Tenant));
            Assert.StartsWith($"{prefix}:", await StoredAsync(between, await CreateTenantAsync(between)), StringComparison.Ordinal);

            // One value cannot be decrypted: it stays unchanged, and once it is repaired the next run re-encrypts it without creating a
            // further key.
            await StoreAsync(between, moved[0].Tenant, $"{formerPrefix}:v1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
            Assert.EndsWith(
                "2 values sealed anew, 1 of 4 tenants failed; 2 values moved from " + former + ", 1 are left there",
                await RunAsync(between),
                StringComparison.OrdinalIgnoreCase
            );
            await StoreAsync(between, moved[0].Tenant, moved[0].Stored);
            Assert.Equal(
                $"0 keys rotated, 1 values sealed anew, 0 of 4 tenants failed; 1 values moved from {former}, 0 are left there",
                await RunAsync(between),
                ignoreCase: true
            );
        }

        await using var after = StartApi(provider, keepsMasterKey: provider is "keyring");
        foreach (var (tenant, _, password) in moved)
        {
            var stored = await StoredAsync(after, tenant);
            Assert.StartsWith($"{prefix}:", stored, StringComparison.Ordinal);
            Assert.Equal(password, await DecryptAsync(after, tenant, stored));
            Assert.Equal(HttpStatusCode.OK, await AskAsync(after, tenant));
        }
    }

    [Fact]
    public async Task Values_of_derived_keys_are_re_encrypted_with_stored_keys()
    {
        await using var api = StartApi("keyring");
        var tenant = await CreateTenantAsync(api);
        var password = await DecryptAsync(api, tenant, await StoredAsync(api, tenant));
        await StoreAsync(
            api,
            tenant,
            DerivedKey.Encrypt(
                password,
                Convert.FromBase64String(_settings["Encryption:MasterKey"]!),
                tenant.Id,
                TenantDatabase.PasswordPurpose
            )
        );
        await InControlAsync(api, db => db.CipherKeys.ExecuteDeleteAsync());
        await using var before = StartApi("keyring");
        Assert.Equal(HttpStatusCode.OK, await AskAsync(before, tenant));

        Assert.Equal("1 keys rotated, 1 values sealed anew, 0 of 1 tenants failed", await RunAsync(before));

        Assert.StartsWith("ring:v2:", await StoredAsync(api, tenant), StringComparison.Ordinal);
        await using var after = StartApi("keyring");
        Assert.Equal(HttpStatusCode.OK, await AskAsync(after, tenant));
    }

    [Fact]
    public async Task The_next_run_moves_all_keys_to_a_new_master_key()
    {
        await using (var api = StartApi("keyring"))
        {
            await CreateTenantAsync(api);
        }

        var leaked = _settings["Encryption:MasterKey"];
        _settings["Encryption:MasterKey"] = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));
        _settings["Encryption:RetiredMasterKeys:0"] = leaked;
        await using var between = StartApi("keyring");
        Assert.Equal("1 keys rotated, 1 values sealed anew, 0 of 1 tenants failed", await RunAsync(between));
        _clock.Ahead = TimeSpan.FromDays(21);
        Assert.Equal("1 keys rotated, 1 values sealed anew, 0 of 1 tenants failed", await RunAsync(between));

        var fingerprint = new MasterKey(Convert.FromBase64String(leaked!)).Fingerprint;
        Assert.Equal(
            (2, 0),
            (
                await InControlAsync(between, db => db.CipherKeys.CountAsync()),
                await InControlAsync(between, db => db.CipherKeys.CountAsync(key => key.MasterKey == fingerprint))
            )
        );
    }

    [Theory]
    [InlineData("keyring", "ring:v2:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("vault", "vault:v1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    public async Task A_value_that_cannot_be_re_encrypted_is_kept_and_blocks_no_other(string provider, string damaged)
    {
        await using var api = StartApi(provider);
        var (whole, broken) = (await CreateTenantAsync(api), await CreateTenantAsync(api));
        var (wholeBefore, brokenBefore) = (await StoredAsync(api, whole), await StoredAsync(api, broken));
        await StoreAsync(api, broken, damaged);

        foreach (var days in new[] { 21, 42, 63 })
        {
            _clock.Ahead = TimeSpan.FromDays(days);
            Assert.Equal("2 keys rotated, 1 values sealed anew, 1 of 2 tenants failed", await RunAsync(api));
        }

        Assert.Equal((damaged, false), (await StoredAsync(api, broken), await StoredAsync(api, whole) == wholeBefore));

        // No key was retired: once the value is repaired, it can be decrypted.
        await StoreAsync(api, broken, brokenBefore);
        Assert.Equal("0 keys rotated, 1 values sealed anew, 0 of 2 tenants failed", await RunAsync(api));
        await using var next = StartApi(provider);
        Assert.Equal(HttpStatusCode.OK, await AskAsync(next, broken));
    }

    [Fact]
    public async Task A_stopped_run_resumes_where_it_ended()
    {
        await using var api = StartApi("vault");
        for (var i = 0; i < 3; i++)
        {
            await CreateTenantAsync(api);
        }

        _clock.Ahead = TimeSpan.FromDays(21);
        using var stop = new CancellationTokenSource();
        var rotations = 0;
        _vault.OnRotated = () =>
        {
            if (++rotations == 2)
            {
                stop.Cancel();
            }
        };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => RunAsync(api, stop.Token));

        // The second tenant has its new key, and its value is still encrypted with the previous one.
        _vault.OnRotated = null;
        Assert.Equal("1 keys rotated, 2 values sealed anew, 0 of 3 tenants failed", await RunAsync(api));
    }

    [Fact]
    public async Task While_Vault_is_sealed_only_open_connections_are_served()
    {
        await using var api = StartApi("vault");
        var tenant = await CreateTenantAsync(api);
        Assert.Equal(HttpStatusCode.OK, await AskAsync(api, tenant));
        await using var cold = StartApi("vault");
        _vault.IsSealed = true;

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.ServiceUnavailable), (await AskAsync(api, tenant), await AskAsync(cold, tenant)));

        _vault.IsSealed = false;
        Assert.Equal(HttpStatusCode.OK, await AskAsync(cold, tenant));
    }

    [Fact]
    public async Task Keys_of_an_erased_tenant_are_deleted_from_Vault_and_never_recreated()
    {
        await using var api = StartApi("vault");
        var tenant = await CreateTenantAsync(api);
        var key = $"tenant-{tenant.Id}-{TenantDatabase.PasswordPurpose}";
        Assert.True(_vault.HasKey(key));
        await InControlAsync(api, db => db.Tenants.ExecuteUpdateAsync(set => set.SetProperty(row => row.State, TenantState.Erasing)));
        _clock.Ahead = TimeSpan.FromDays(21);
        Assert.Equal("0 keys rotated, 0 values sealed anew, 0 of 0 tenants failed", await RunAsync(api));

        await using (var provisioner = await Provisioner.StartAsync(_settingsOf[api]))
        await using (var scope = api.Services.CreateAsyncScope())
        {
            Assert.True(
                await scope.ServiceProvider.GetRequiredService<EraseTenant>().RunAsync(tenant.Id, Actor.Job("test"), CancellationToken.None)
            );
        }

        Assert.False(_vault.HasKey(key));
    }

    private ApiUnderTest StartApi(string provider, string? former = null, bool keepsMasterKey = true)
    {
        var settings = new Dictionary<string, string?>(_settings)
        {
            ["Encryption:Provider"] = provider,
            ["Encryption:FormerProvider"] = former,
            ["Encryption:MasterKey"] = keepsMasterKey ? _settings["Encryption:MasterKey"] : null,
            ["Vault:Address"] = _vault.Address.ToString(),
            ["Vault:RoleId"] = VaultStandIn.RoleId,
            ["Vault:SecretId"] = VaultStandIn.SecretId,
        };
        var api = new ApiUnderTest(settings, _clock);
        _settingsOf[api] = settings;
        api.Start();
        return api;
    }

    private async Task<TenantOf> CreateTenantAsync(ApiUnderTest api)
    {
        await using var provisioner = await Provisioner.StartAsync(_settingsOf[api]);
        var user = await TestUser.RegisterAsync(api);
        using var created = await user.Http.PostAsJsonAsync("/api/tenants", new { name = "Rotated" });
        return new TenantOf((await created.ReadDataAsync(HttpStatusCode.Created)).IdOf(), user.Email);
    }

    private Task<int> PlantSsoAsync(ApiUnderTest api, TenantOf tenant) =>
        InControlAsync(
            api,
            async db =>
            {
                var cipher = api.Services.GetRequiredService<Cipher>();
                var now = _clock.GetUtcNow();
                var user = await db.Users.SingleAsync(one => one.Email == EmailAddress.Parse(tenant.Email));
                db.SsoConfigurations.Add(
                    new SsoConfiguration
                    {
                        Id = Guid.CreateVersion7(now),
                        TenantId = tenant.Id,
                        ProviderTenantId = "contoso.example",
                        ClientId = "application",
                        EncryptedClientSecret = await EncryptAsync("client secret", SsoConfiguration.SecretPurpose),
                        ClientSecretHash = "",
                        CreatedBy = user.Id,
                        CreatedAt = now,
                        UpdatedAt = now,
                    }
                );
                db.SsoIdentities.Add(
                    new SsoIdentity
                    {
                        Id = Guid.CreateVersion7(now),
                        TenantId = tenant.Id,
                        UserId = user.Id,
                        DirectoryId = tenant.Id,
                        ObjectId = user.Id,
                        EncryptedAccessToken = await EncryptAsync("access token", SsoIdentity.TokenPurpose),
                        EncryptedRefreshToken = await EncryptAsync("refresh token", SsoIdentity.TokenPurpose),
                        LastSyncAt = now,
                        CreatedAt = now,
                    }
                );
                db.BreakGlassAdmins.Add(
                    new BreakGlassAdmin
                    {
                        TenantId = tenant.Id,
                        UserId = user.Id,
                        EncryptedSecret = await EncryptAsync("authenticator", BreakGlassAdmin.SecretPurpose),
                        CreatedAt = now,
                    }
                );
                return await db.SaveChangesAsync();

                Task<string> EncryptAsync(string text, string purpose) =>
                    cipher.EncryptAsync(text, tenant.Id, purpose, CancellationToken.None);
            }
        );

    private static async Task<HttpStatusCode> AskAsync(ApiUnderTest api, TenantOf tenant)
    {
        var user = await TestUser.LogInAsync(api, tenant.Email);
        using var answer = await user.Http.GetAsync($"/api/tenants/{tenant.Id}/documents");
        return answer.StatusCode;
    }

    private static async Task<string> RunAsync(ApiUnderTest api, CancellationToken ct = default)
    {
        await using var scope = api.Services.CreateAsyncScope();
        return await scope.ServiceProvider.GetRequiredService<RotateEncryptionKeysJob>().RunAsync(ct);
    }

    private static Task<string> StoredAsync(ApiUnderTest api, TenantOf tenant) =>
        InControlAsync(api, db => db.Tenants.Where(row => row.Id == tenant.Id).Select(row => row.EncryptedDatabasePassword).SingleAsync());

    private static Task<int> StoreAsync(ApiUnderTest api, TenantOf tenant, string value) =>
        InControlAsync(
            api,
            db =>
                db.Tenants.Where(row => row.Id == tenant.Id)
                    .ExecuteUpdateAsync(set => set.SetProperty(row => row.EncryptedDatabasePassword, value))
        );

    private static Task<string> DecryptAsync(ApiUnderTest api, TenantOf tenant, string value) =>
        api.Services.GetRequiredService<Cipher>().DecryptAsync(value, tenant.Id, TenantDatabase.PasswordPurpose, CancellationToken.None);

    private static async Task<T> InControlAsync<T>(ApiUnderTest api, Func<ControlDbContext, Task<T>> look)
    {
        await using var scope = api.Services.CreateAsyncScope();
        return await look(scope.ServiceProvider.GetRequiredService<ControlDbContext>());
    }

    private sealed record TenantOf(Guid Id, string Email);
}
