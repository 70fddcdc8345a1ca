using System.Diagnostics;
using System.Net.Http.Headers;

namespace SaaS.Benchmarks;

/// <summary>The cost of an authorized and audited download, compared with a static file.</summary>
internal static class Download
{
    private const long Size = 64L * 1024 * 1024;
    private const int Times = 12;

    internal static readonly Figure Figure = new(
        "download",
        "content of 64 MiB ÷ the same file served statically by Kestrel",
        "MiB/s",
        Goal.AtLeast(0.8),
        MeasureAsync
    );

    private static async Task<Measured> MeasureAsync(SystemUnderMeasurement system, CancellationToken ct)
    {
        using var http = system.NewClient();
        var tenants = await Tenants.StartAsync(http, system, ct);
        var tenant = await tenants.CreateAsync(ct);
        var document = await Uploads.SendAsync(http, system.Api, tenants, tenant, new GeneratedContent(Size), ct);
        var file = Directory.GetFiles(system.Objects, "*", SearchOption.AllDirectories).Single();
        await using var bare = await system.StartRoleAsync(
            BareEndpoint.Role,
            new() { [BareEndpoint.FilesFolder] = Path.GetDirectoryName(file) },
            ct
        );

        return await Rounds.InterleaveAsync(
            ours: _ => MegabytesPerSecondAsync(new Uri(system.Api, $"/api/tenants/{tenant}/documents/{document}/content"), tenants.Owner),
            anchor: _ => MegabytesPerSecondAsync(new Uri($"{bare.Address}{BareEndpoint.Files}/{Path.GetFileName(file)}"), owner: null),
            system,
            ct
        );

        async Task<double> MegabytesPerSecondAsync(Uri address, AuthenticationHeaderValue? owner)
        {
            var buffer = new byte[128 * 1024];
            var read = 0L;
            var began = Stopwatch.GetTimestamp();
            for (var i = 0; i < Times; i++)
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, address) { Headers = { Authorization = owner } };
                using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, ct);
                await using var content = await answer.EnsureSuccessStatusCode().Content.ReadAsStreamAsync(ct);
                while (await content.ReadAsync(buffer, ct) is > 0 and var got)
                {
                    read += got;
                }
            }

            return read == Size * Times
                ? read / 1024.0 / 1024 / Stopwatch.GetElapsedTime(began).TotalSeconds
                : throw new IOException($"{read} bytes of {Size * Times} arrived.");
        }
    }
}
