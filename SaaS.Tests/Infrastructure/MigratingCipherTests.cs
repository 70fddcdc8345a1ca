using System.Security.Cryptography;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using SaaS.Infrastructure.Encryption;
using SaaS.Infrastructure.Vault;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Infrastructure;

/// <summary>Tests that a migrating installation fulfils the contract of any cipher, in both directions.</summary>
public abstract class MigratingCipherTests(SaaSApp app, VaultServer server) : CipherTests
{
    private readonly byte[] _master = RandomNumberGenerator.GetBytes(32);
    private readonly List<VaultClient> _clients = [];

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _clients.ForEach(client => client.Dispose());
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Values_of_the_former_cipher_are_decrypted_and_re_encrypted()
    {
        var (current, former) = await BothAsync();
        var old = await former.EncryptAsync(["one", "three"], Tenant, Purpose, CancellationToken.None);
        string[] mixed = [old[0], await EncryptAsync("two"), old[1]];
        Assert.Equal(["one", "two", "three"], await Cipher.DecryptAsync(mixed, Tenant, Purpose, CancellationToken.None));

        var newest = await Cipher.RotateAsync(Tenant, Purpose, CancellationToken.None);
        var moved = await Cipher.ReencryptAsync(mixed, Tenant, Purpose, CancellationToken.None);

        Assert.All(moved, value => Assert.True(Cipher.HasEncrypted(value, newest)));
        Assert.Equal(["one", "two", "three"], await current.DecryptAsync(moved, Tenant, Purpose, CancellationToken.None));
        Assert.Equal(["one", "three"], await former.DecryptAsync(old, Tenant, Purpose, CancellationToken.None)); // nothing was removed
    }

    [Fact]
    public async Task An_unreadable_value_of_the_former_cipher_fails_its_batch()
    {
        var (_, former) = await BothAsync();
        var old = await former.EncryptAsync("one", Tenant, Purpose, CancellationToken.None);

        var own = await EncryptAsync("two");
        await RefusedAsync(() => Cipher.ReencryptAsync([own, old[..^8]], Tenant, Purpose, CancellationToken.None));
        await RefusedAsync(() => Cipher.DecryptAsync([old, old], NewId(), Purpose, CancellationToken.None));
    }

    [Fact]
    public async Task Destroying_the_keys_of_a_tenant_covers_both_ciphers()
    {
        var (_, former) = await BothAsync();
        string[] values = [await EncryptAsync("new"), await former.EncryptAsync("old", Tenant, Purpose, CancellationToken.None)];

        await Cipher.DestroyAsync(Tenant, CancellationToken.None);

        foreach (var value in values)
        {
            await RefusedAsync(() => DecryptAsync(value));
        }
    }

    internal abstract Task<(Cipher Current, Cipher Former)> BothAsync();

    internal override async Task<Cipher> OpenAsync()
    {
        var (current, former) = await BothAsync();
        return new MigratingCipher(current, former);
    }

    private protected Cipher KeyRing() =>
        new KeyRingCipher(new MasterKey(_master), [], app.Services.GetRequiredService<CipherKeyStore>(), TimeProvider.System);

    private protected async Task<Cipher> VaultAsync()
    {
        var options = await server.OptionsAsync();
        var client = new VaultClient(options, TimeProvider.System, NullLoggerFactory.Instance);
        _clients.Add(client);
        return new TransitCipher(new VaultTransit(client, options.TransitMount));
    }
}

/// <summary>Tests the migration from the key ring to Vault.</summary>
public sealed class MovingToVaultTests(SaaSApp app, VaultServer server) : MigratingCipherTests(app, server)
{
    internal override async Task<(Cipher Current, Cipher Former)> BothAsync() => (await VaultAsync(), KeyRing());
}

/// <summary>Tests the migration from Vault to the key ring.</summary>
public sealed class MovingToKeyRingTests(SaaSApp app, VaultServer server) : MigratingCipherTests(app, server)
{
    internal override async Task<(Cipher Current, Cipher Former)> BothAsync() => (KeyRing(), await VaultAsync());
}
