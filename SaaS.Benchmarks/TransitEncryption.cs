using System.Security.Cryptography;
using Microsoft.Extensions.Logging.Abstractions;
using SaaS.Infrastructure.Encryption;
using SaaS.Infrastructure.Vault;

namespace SaaS.Benchmarks;

/// <summary>The saving of batch requests to Vault, measured as round trips to a stand-in on this machine.</summary>
internal static class TransitEncryption
{
    private const string Purpose = "database-password";
    private const int Many = 100;

    private static readonly string[] Secrets = [.. Enumerable.Range(0, Many).Select(_ => RandomNumberGenerator.GetHexString(32))];

    internal static readonly Figure Figure = new(
        "transit-encryption",
        $"values per second that Vault's transit engine encrypts and decrypts, {Many} at once ÷ one by one",
        "1/s",
        Goal: null, // the responses come from the stand-in, not from Vault
        MeasureAsync
    );

    private static async Task<Measured> MeasureAsync(SystemUnderMeasurement system, CancellationToken ct)
    {
        await using var vault = await VaultStandIn.StartAsync();
        using var client = new VaultClient(vault.Options, SystemUnderMeasurement.Clock, NullLoggerFactory.Instance);
        var cipher = new TransitCipher(new VaultTransit(client, vault.Options.TransitMount));
        var tenant = Guid.CreateVersion7(SystemUnderMeasurement.Clock.GetUtcNow());

        return await Rounds.InterleaveAsync(
            ours: async token =>
                Many
                * await KeyRingEncryption.PerSecondAsync(async () =>
                    await cipher.DecryptAsync(await cipher.EncryptAsync(Secrets, tenant, Purpose, token), tenant, Purpose, token)
                ),
            anchor: token =>
                KeyRingEncryption.PerSecondAsync(async () =>
                    await cipher.DecryptAsync(await cipher.EncryptAsync(Secrets[0], tenant, Purpose, token), tenant, Purpose, token)
                ),
            system,
            ct
        );
    }
}
