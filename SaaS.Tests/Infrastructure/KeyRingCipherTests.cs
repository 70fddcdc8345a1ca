using System.Security.Cryptography;
using Microsoft.Extensions.DependencyInjection;
using SaaS.Infrastructure.Encryption;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Infrastructure;

/// <summary>Tests the cipher whose keys are stored encrypted in the control database.</summary>
public sealed class KeyRingCipherTests(SaaSApp app) : CipherTests
{
    private readonly byte[] _master = RandomNumberGenerator.GetBytes(32);

    [Fact]
    public async Task A_value_of_a_derived_key_is_decrypted_and_re_encrypted()
    {
        var derived = DerivedKey.Encrypt("secret", _master, Tenant, Purpose);
        Assert.Equal("secret", await DecryptAsync(derived));
        await RefusedAsync(() => Cipher.DecryptAsync(derived, Tenant, "another", CancellationToken.None));

        var rewrapped = (await Cipher.ReencryptAsync([derived], Tenant, Purpose, CancellationToken.None))[0];

        Assert.StartsWith("ring:v2:", rewrapped, StringComparison.Ordinal);
        Assert.Equal(("secret", "secret"), (await DecryptAsync(rewrapped), await DecryptAsync(derived)));

        // The derived key is retired with the first stored key.
        await Cipher.RotateAsync(Tenant, Purpose, CancellationToken.None);
        await Cipher.RetireBeforeAsync(3, Tenant, Purpose, CancellationToken.None);
        await RefusedAsync(() => DecryptAsync(derived));
    }

    [Fact]
    public async Task A_new_master_key_decrypts_old_values_only_with_the_retired_one()
    {
        var (value, derived) = (await EncryptAsync("secret"), DerivedKey.Encrypt("secret", _master, Tenant, Purpose));
        var leaked = new MasterKey(_master);
        var master = new MasterKey(RandomNumberGenerator.GetBytes(32));
        var careless = NewCipher(master);
        var careful = NewCipher(master, leaked);

        await RefusedAsync(() => careless.DecryptAsync(value, Tenant, Purpose, CancellationToken.None));
        Assert.Equal(["secret", "secret"], await careful.DecryptAsync([value, derived], Tenant, Purpose, CancellationToken.None));
        Assert.True((await careful.FindKeyAsync(Tenant, Purpose, CancellationToken.None))!.IsCompromised);

        // After a rotation, a re-encryption and one more rotation, the leaked master key is useless.
        Assert.False((await careful.RotateAsync(Tenant, Purpose, CancellationToken.None)).IsCompromised);
        var rewrapped = (await careful.ReencryptAsync([value], Tenant, Purpose, CancellationToken.None))[0];
        await careful.RetireBeforeAsync(Cipher.VersionOf(rewrapped), Tenant, Purpose, CancellationToken.None);
        Assert.Equal("secret", await NewCipher(master).DecryptAsync(rewrapped, Tenant, Purpose, CancellationToken.None));
        await RefusedAsync(() => NewCipher(leaked).DecryptAsync(rewrapped, Tenant, Purpose, CancellationToken.None));
    }

    [Fact]
    public async Task A_process_with_a_stale_key_ring_encrypts_readable_values()
    {
        var other = await OpenAsync();
        var first = await other.EncryptAsync("first", Tenant, Purpose, CancellationToken.None);
        var newest = await Cipher.RotateAsync(Tenant, Purpose, CancellationToken.None);

        var late = await other.EncryptAsync("late", Tenant, Purpose, CancellationToken.None);
        await Cipher.RetireBeforeAsync(newest.Version - 1, Tenant, Purpose, CancellationToken.None);

        Assert.Equal(Cipher.VersionOf(first), Cipher.VersionOf(late));
        Assert.Equal("late", await DecryptAsync(late));
        Assert.Equal(newest.Version, Cipher.VersionOf((await other.ReencryptAsync([late], Tenant, Purpose, CancellationToken.None))[0]));
    }

    [Fact]
    public async Task The_store_contains_neither_data_keys_nor_the_master_key()
    {
        await EncryptAsync("secret");

        var kept = Assert.Single(await Store.ReadAsync(Tenant, Purpose, CancellationToken.None));

        Assert.Equal((2, 16, 12 + 16 + 32), (kept.Version, kept.MasterKey.Length, kept.Wrapped.Length));
        Assert.DoesNotContain(Convert.ToHexStringLower(_master)[..16], kept.MasterKey, StringComparison.Ordinal);
    }

    internal override Task<Cipher> OpenAsync() => Task.FromResult<Cipher>(NewCipher(new MasterKey(_master)));

    private CipherKeyStore Store => app.Services.GetRequiredService<CipherKeyStore>();

    private KeyRingCipher NewCipher(MasterKey master, params MasterKey[] retired) => new(master, retired, Store, TimeProvider.System);
}
