using Microsoft.Extensions.Logging.Abstractions;
using SaaS.Infrastructure.Encryption;
using SaaS.Infrastructure.Vault;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Infrastructure;

/// <summary>Tests the cipher whose keys are in Vault's transit engine; the keys of each test are deleted after it.</summary>
public sealed class TransitCipherTests(VaultServer server) : CipherTests
{
    private readonly List<VaultClient> _clients = [];

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _clients.ForEach(client => client.Dispose());
    }

    [Fact]
    public async Task A_Vault_key_is_named_after_its_tenant_and_purpose()
    {
        await EncryptAsync("secret");
        var options = await server.OptionsAsync();

        Assert.NotNull(
            await new VaultTransit(_clients[0], options.TransitMount).FindKeyAsync($"tenant-{Tenant}-{Purpose}", CancellationToken.None)
        );
    }

    [Fact]
    public async Task A_value_encrypted_by_a_key_ring_is_rejected() =>
        await RefusedAsync(() => DecryptAsync("ring:v2:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"));

    internal override async Task<Cipher> OpenAsync()
    {
        var options = await server.OptionsAsync();
        var client = new VaultClient(options, TimeProvider.System, NullLoggerFactory.Instance);
        _clients.Add(client);
        return new TransitCipher(new VaultTransit(client, options.TransitMount));
    }
}
