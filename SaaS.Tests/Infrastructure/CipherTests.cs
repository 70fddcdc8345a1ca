using System.Security.Cryptography;
using SaaS.Infrastructure.Encryption;

namespace SaaS.Tests.Infrastructure;

/// <summary>Tests the contract of a cipher, wherever its keys are stored. The tests of each cipher derive from this class.</summary>
public abstract class CipherTests : IAsyncLifetime
{
    private readonly Guid _neighbour = NewId();

    internal Cipher Cipher { get; private set; } = null!;

    protected const string Purpose = "database-password";

    protected Guid Tenant { get; } = NewId();

    public async ValueTask InitializeAsync() => Cipher = await OpenAsync();

    public virtual async ValueTask DisposeAsync()
    {
        await Cipher.DestroyAsync(Tenant, CancellationToken.None);
        await Cipher.DestroyAsync(_neighbour, CancellationToken.None);
        GC.SuppressFinalize(this);
    }

    [Theory]
    [InlineData("")]
    [InlineData("pässwörd 文")]
    [InlineData("ring:v1:vault:v1:")]
    public async Task An_encrypted_value_is_decrypted_and_never_has_the_same_ciphertext(string secret)
    {
        var (one, two) = (await EncryptAsync(secret), await EncryptAsync(secret));

        Assert.NotEqual(one, two);
        Assert.Matches("^(ring|vault):v[0-9]+:[A-Za-z0-9+/]+=*$", one);
        Assert.Equal((secret, secret), (await DecryptAsync(one), await DecryptAsync(two)));
    }

    [Fact]
    public async Task A_batch_is_encrypted_and_decrypted_in_order()
    {
        string[] secrets = [.. Enumerable.Range(0, 50).Select(number => $"secret {number}")];

        var values = await Cipher.EncryptAsync(secrets, Tenant, Purpose, CancellationToken.None);

        Assert.Equal(secrets, await Cipher.DecryptAsync(values, Tenant, Purpose, CancellationToken.None));
        Assert.Equal(
            secrets,
            await Cipher.DecryptAsync(
                await Cipher.ReencryptAsync(values, Tenant, Purpose, CancellationToken.None),
                Tenant,
                Purpose,
                CancellationToken.None
            )
        );
        Assert.Empty(await Cipher.EncryptAsync([], Tenant, Purpose, CancellationToken.None));
        Assert.Empty(await Cipher.DecryptAsync([], Tenant, Purpose, CancellationToken.None));
    }

    [Fact]
    public async Task A_value_is_decrypted_only_for_its_tenant_and_purpose()
    {
        var value = await EncryptAsync("secret");
        await Cipher.EncryptAsync("theirs", _neighbour, Purpose, CancellationToken.None);
        await Cipher.EncryptAsync("other", Tenant, "another", CancellationToken.None);

        await RefusedAsync(() => Cipher.DecryptAsync(value, _neighbour, Purpose, CancellationToken.None));
        await RefusedAsync(() => Cipher.DecryptAsync(value, Tenant, "another", CancellationToken.None));
        await RefusedAsync(() => Cipher.DecryptAsync(value, NewId(), Purpose, CancellationToken.None));
        await RefusedAsync(() => Cipher.ReencryptAsync([value], _neighbour, Purpose, CancellationToken.None));
    }

    [Fact]
    public async Task A_tampered_value_is_rejected_and_fails_its_batch()
    {
        var value = await EncryptAsync("secret");
        var changed = value[..^8] + (value[^8] == 'A' ? 'B' : 'A') + value[^7..];

        foreach (
            var wrong in new[]
            {
                changed,
                "secret",
                "",
                "ring:v0:AAAA",
                "vault:v1",
                value[..^8],
                value.Replace(":v", ":v9", StringComparison.Ordinal),
            }
        )
        {
            await RefusedAsync(() => DecryptAsync(wrong));
            await RefusedAsync(() => Cipher.DecryptAsync([value, wrong, value], Tenant, Purpose, CancellationToken.None));
            await RefusedAsync(() => Cipher.ReencryptAsync([value, wrong], Tenant, Purpose, CancellationToken.None));
        }
    }

    [Fact]
    public async Task After_a_rotation_old_values_are_decrypted_and_re_encrypted()
    {
        Assert.Null(await FindKeyAsync());
        var old = await EncryptAsync("secret");
        var before = await FindKeyAsync();

        var after = await Cipher.RotateAsync(Tenant, Purpose, CancellationToken.None);
        var rewrapped = (await Cipher.ReencryptAsync([old], Tenant, Purpose, CancellationToken.None))[0];

        Assert.Equal((Cipher.VersionOf(old), before!.Version + 1), (before.Version, after.Version));
        Assert.Equal(after, await FindKeyAsync());
        Assert.Equal((after.Version, after.Version), (Cipher.VersionOf(await EncryptAsync("new")), Cipher.VersionOf(rewrapped)));
        Assert.Equal(("secret", "secret"), (await DecryptAsync(old), await DecryptAsync(rewrapped)));
        Assert.InRange(after.CreatedAt, TimeProvider.System.GetUtcNow().AddMinutes(-5), TimeProvider.System.GetUtcNow().AddMinutes(5));
        Assert.False(after.IsCompromised);
    }

    [Fact]
    public async Task A_key_can_be_rotated_before_its_first_use()
    {
        var made = await Cipher.RotateAsync(Tenant, Purpose, CancellationToken.None);

        Assert.Equal(made.Version, Cipher.VersionOf(await EncryptAsync("secret")));
    }

    [Fact]
    public async Task A_value_of_a_retired_key_version_is_rejected()
    {
        var oldest = await EncryptAsync("oldest");
        await Cipher.RotateAsync(Tenant, Purpose, CancellationToken.None);
        var older = await EncryptAsync("older");
        var newest = await Cipher.RotateAsync(Tenant, Purpose, CancellationToken.None);

        await Cipher.RetireBeforeAsync(newest.Version - 1, Tenant, Purpose, CancellationToken.None);

        await RefusedAsync(() => DecryptAsync(oldest));
        await RefusedAsync(() => Cipher.ReencryptAsync([oldest], Tenant, Purpose, CancellationToken.None));
        Assert.Equal("older", await DecryptAsync(older));
        await Assert.ThrowsAnyAsync<Exception>(() => Cipher.RetireBeforeAsync(newest.Version + 1, Tenant, Purpose, CancellationToken.None));
        Assert.Equal("older", await DecryptAsync(older));
    }

    [Fact]
    public async Task Destroying_the_keys_of_a_tenant_makes_only_its_values_unreadable()
    {
        var (password, token) = (
            await EncryptAsync("secret"),
            await Cipher.EncryptAsync("token", Tenant, "another", CancellationToken.None)
        );
        var theirs = await Cipher.EncryptAsync("theirs", _neighbour, Purpose, CancellationToken.None);

        await Cipher.DestroyAsync(Tenant, CancellationToken.None);
        await Cipher.DestroyAsync(Tenant, CancellationToken.None);

        await RefusedAsync(() => DecryptAsync(password));
        await RefusedAsync(() => Cipher.DecryptAsync(token, Tenant, "another", CancellationToken.None));
        Assert.Null(await FindKeyAsync());
        Assert.Equal("theirs", await Cipher.DecryptAsync(theirs, _neighbour, Purpose, CancellationToken.None));

        // A key that is created again under the old name is a different key.
        await EncryptAsync("new");
        await RefusedAsync(() => DecryptAsync(password));
    }

    [Fact]
    public async Task Concurrent_first_encryptions_share_one_key()
    {
        var processes = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => OpenAsync()));

        var values = await Task.WhenAll(
            processes.Select((process, number) => process.EncryptAsync($"secret {number}", Tenant, Purpose, CancellationToken.None))
        );

        Assert.Single(values.Select(Cipher.VersionOf).Distinct());
        Assert.Equal(
            Enumerable.Range(0, 5).Select(number => $"secret {number}"),
            await Cipher.DecryptAsync(values, Tenant, Purpose, CancellationToken.None)
        );
    }

    [Fact]
    public async Task Another_process_decrypts_values_of_a_newly_rotated_key()
    {
        var other = await OpenAsync();
        Assert.Equal("one", await other.DecryptAsync(await EncryptAsync("one"), Tenant, Purpose, CancellationToken.None));

        await Cipher.RotateAsync(Tenant, Purpose, CancellationToken.None);

        Assert.Equal("two", await other.DecryptAsync(await EncryptAsync("two"), Tenant, Purpose, CancellationToken.None));
    }

    [Theory]
    [InlineData("")]
    [InlineData("Upper")]
    [InlineData("a/b")]
    [InlineData("../keys")]
    public async Task An_invalid_purpose_name_throws(string purpose) =>
        await Assert.ThrowsAsync<ArgumentException>(() => Cipher.EncryptAsync("secret", Tenant, purpose, CancellationToken.None));

    /// <summary>Opens the cipher as another process does.</summary>
    internal abstract Task<Cipher> OpenAsync();

    protected static Guid NewId() => Guid.CreateVersion7(TimeProvider.System.GetUtcNow());

    protected Task<string> EncryptAsync(string secret) => Cipher.EncryptAsync(secret, Tenant, Purpose, CancellationToken.None);

    protected Task<string> DecryptAsync(string value) => Cipher.DecryptAsync(value, Tenant, Purpose, CancellationToken.None);

    private Task<CipherKey?> FindKeyAsync() => Cipher.FindKeyAsync(Tenant, Purpose, CancellationToken.None);

    protected static Task RefusedAsync(Func<Task> open) => Assert.ThrowsAnyAsync<CryptographicException>(open);
}
