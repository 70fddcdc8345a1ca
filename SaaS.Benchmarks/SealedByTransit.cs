using System.Security.Cryptography;
using Microsoft.Extensions.Logging.Abstractions;
using SaaS.Infrastructure.Encryption;
using SaaS.Infrastructure.Vault;

namespace SaaS.Benchmarks;

/// <summary>What asking Vault for many values at once saves. A stand-in on this machine answers, so that what is left is the way there and back.</summary>
internal static class SealedByTransit
{
    private const string Purpose = "database-password";
    private const int Many = 100;

    private static readonly string[] Secrets = [.. Enumerable.Range(0, Many).Select(_ => RandomNumberGenerator.GetHexString(32))];

    internal static readonly Figure Figure = new(
        "sealed-by-transit",
        $"values per second that Vault's transit engine seals and opens, {Many} at once ÷ one by one",
        "1/s",
        Goal: null, // it is not Vault that answers
        MeasureAsync);

    private static async Task<Measured> MeasureAsync(SystemUnderMeasurement system, CancellationToken ct)
    {
        await using var vault = await VaultStandIn.StartAsync();
        using var client = new VaultClient(vault.Options, SystemUnderMeasurement.Clock, NullLoggerFactory.Instance);
        var cipher = new TransitCipher(new VaultTransit(client, vault.Options.TransitMount));
        var tenant = Guid.CreateVersion7(SystemUnderMeasurement.Clock.GetUtcNow());

        return await Rounds.InterleaveAsync(
            ours: async token => Many * await SealedLocally.PerSecondAsync(async () => await cipher.DecryptAsync(await cipher.EncryptAsync(Secrets, tenant, Purpose, token), tenant, Purpose, token)),
            anchor: token => SealedLocally.PerSecondAsync(async () => await cipher.DecryptAsync(await cipher.EncryptAsync(Secrets[0], tenant, Purpose, token), tenant, Purpose, token)),
            system,
            ct);
    }
}
