using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;

namespace SaaS.Benchmarks;

/// <summary>The throughput and memory use of a 1 GiB upload.</summary>
internal static class LargeUpload
{
    private const long Size = 1024L * 1024 * 1024;
    private const int Megabyte = 1024 * 1024;
    private const int RoundsWanted = 3;

    internal static readonly Figure Figure = new(
        "large-upload",
        "upload of 1 GiB ÷ a program that hashes it (MD5, SHA-256) and copies it to the same disk",
        "MiB/s",
        Goal.AtLeast(0.7),
        MeasureAsync
    );

    private static async Task<Measured> MeasureAsync(SystemUnderMeasurement system, CancellationToken ct)
    {
        using var http = system.NewClient();
        http.Timeout = TimeSpan.FromMinutes(5);
        var tenants = await Tenants.StartAsync(http, system, ct);
        var tenant = await tenants.CreateAsync(ct);
        await using var roomy = await system.StartApiAsync(
            new() { ["Uploads__MaxFileBytes"] = (2 * Size).ToString(CultureInfo.InvariantCulture) },
            ct
        );
        var api = new Uri(roomy.Address);
        var process = ProcessMemory.FindHost(roomy.Address);
        for (var i = 0; i < 20; i++)
        {
            await Uploads.SendAsync(http, api, tenants, tenant, new GeneratedContent(8 * Megabyte), ct);
        }

        var before = ProcessMemory.ResidentKibibytes(process);
        ProcessMemory.ResetPeak(process);
        var measured = await Rounds.InterleaveAsync(
            ours: async it =>
                await MegabytesPerSecondAsync(async () =>
                {
                    await Uploads.SendAsync(http, api, tenants, tenant, new GeneratedContent(Size), it);
                }),
            anchor: async it => await MegabytesPerSecondAsync(() => HashAndCopyAsync(system.Scratch, it)),
            system,
            ct,
            RoundsWanted
        );

        await system.Progress.WriteLineAsync(
            string.Create(
                CultureInfo.InvariantCulture,
                $"  resident memory of the API: {before / 1024:0} MiB before, {ProcessMemory.PeakKibibytes(process) / 1024:0} MiB at most meanwhile"
            )
        );
        return measured;
    }

    private static async Task<double> MegabytesPerSecondAsync(Func<Task> send)
    {
        var began = Stopwatch.GetTimestamp();
        await send();
        return Size / Megabyte / Stopwatch.GetElapsedTime(began).TotalSeconds;
    }

    // The baseline: one thread reads the content once, computes two hashes, writes it and flushes it.
    private static async Task HashAndCopyAsync(string folder, CancellationToken ct)
    {
        var path = Path.Combine(folder, "copied");
        using var sha256 = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
#pragma warning disable CA5351 // not used for security
        using var md5 = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
#pragma warning restore CA5351
        await using var content = new GeneratedContent(Size);
        var buffer = new byte[128 * 1024];
        await using (
            var copy = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0, FileOptions.Asynchronous)
        )
        {
            while (await content.ReadAsync(buffer, ct) is > 0 and var read)
            {
                sha256.AppendData(buffer, 0, read);
                md5.AppendData(buffer, 0, read);
                await copy.WriteAsync(buffer.AsMemory(0, read), ct);
            }

            copy.Flush(flushToDisk: true);
        }

        File.Delete(path);
    }
}
