using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using SaaS.Infrastructure.Encryption;

namespace SaaS.Benchmarks;

/// <summary>The overhead of the key ring over plain AES-GCM: key lookup, key version, context and text encoding.</summary>
internal static class KeyRingEncryption
{
    private const string Purpose = "database-password";

    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(1);

    /// <summary>A secret with the length of a tenant's database password.</summary>
    private static readonly string Secret = RandomNumberGenerator.GetHexString(32);

    internal static readonly Figure Figure = new(
        "local-encryption",
        "values per second that the key ring encrypts and decrypts, one by one ÷ the same bytes through AES-256-GCM alone",
        "1/s",
        Goal.AtLeast(0.25),
        MeasureAsync
    );

    private static async Task<Measured> MeasureAsync(SystemUnderMeasurement system, CancellationToken ct)
    {
        var cipher = new KeyRingCipher(
            new MasterKey(RandomNumberGenerator.GetBytes(32)),
            [],
            new KeysInMemory(),
            SystemUnderMeasurement.Clock
        );
        var tenant = Guid.CreateVersion7(SystemUnderMeasurement.Clock.GetUtcNow());
        using var bare = new AesGcm(RandomNumberGenerator.GetBytes(32), AesGcm.TagByteSizes.MaxSize);
        var content = Encoding.UTF8.GetBytes(Secret);

        return await Rounds.InterleaveAsync(
            ours: token =>
                PerSecondAsync(async () =>
                    await cipher.DecryptAsync(await cipher.EncryptAsync(Secret, tenant, Purpose, token), tenant, Purpose, token)
                ),
            anchor: _ =>
                PerSecondAsync(() =>
                {
                    EncryptAndDecrypt(bare, content);
                    return Task.CompletedTask;
                }),
            system,
            ct
        );
    }

    /// <summary>Runs the work repeatedly and returns the runs per second.</summary>
    internal static async Task<double> PerSecondAsync(Func<Task> work)
    {
        var watch = Stopwatch.StartNew();
        var times = 0;
        while (watch.Elapsed < Duration)
        {
            await work();
            times++;
        }

        return times / watch.Elapsed.TotalSeconds;
    }

    private static void EncryptAndDecrypt(AesGcm aes, byte[] content)
    {
        Span<byte> nonce = stackalloc byte[AesGcm.NonceByteSizes.MaxSize];
        Span<byte> tag = stackalloc byte[AesGcm.TagByteSizes.MaxSize];
        Span<byte> box = stackalloc byte[content.Length];
        Span<byte> opened = stackalloc byte[content.Length];
        RandomNumberGenerator.Fill(nonce);
        aes.Encrypt(nonce, content, box, tag);
        aes.Decrypt(nonce, box, tag, opened);
    }

    /// <summary>A key store in memory, because the key ring queries the database only once a minute.</summary>
    private sealed class KeysInMemory : CipherKeyStore
    {
        private readonly List<WrappedKey> _keys = [];

        public override Task<IReadOnlyList<WrappedKey>> ReadAsync(Guid tenantId, string purpose, CancellationToken ct) =>
            Task.FromResult<IReadOnlyList<WrappedKey>>([.. _keys]);

        public override Task AddAsync(Guid tenantId, string purpose, WrappedKey key, CancellationToken ct)
        {
            _keys.Add(key);
            return Task.CompletedTask;
        }

        public override Task RemoveBeforeAsync(int version, Guid tenantId, string purpose, CancellationToken ct)
        {
            _keys.RemoveAll(key => key.Version < version);
            return Task.CompletedTask;
        }

        public override Task RemoveAllAsync(Guid tenantId, CancellationToken ct)
        {
            _keys.Clear();
            return Task.CompletedTask;
        }
    }
}
