using System.Globalization;
using System.Net.Http.Json;

namespace SaaS.Benchmarks.Crashes;

/// <summary>
/// Writes to one tenant sequentially. The number of a write is its trace id, which identifies the audit entries of the write and of its
/// effect; a write that was not acknowledged may have been committed or not.
/// </summary>
internal sealed class CrashWriter(HttpClient http, Uri api, Tenants owner, Guid tenant, Guid document)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private long _number;

    internal Guid Tenant => tenant;

    /// <summary>The numbers of writes with a success response.</summary>
    internal HashSet<long> Acknowledged { get; } = [];

    internal async Task WriteAsync(Func<CrashWriter, bool> more, CancellationToken ct)
    {
        while (more(this))
        {
            if (await TryWriteAsync(++_number, ct))
            {
                Acknowledged.Add(_number);
            }
            else
            {
                await Task.Delay(Pause, SystemUnderMeasurement.Clock, ct); // the killed process is restarting
            }
        }
    }

    internal static long NumberOf(string traceId) => long.Parse(traceId, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);

    private async Task<bool> TryWriteAsync(long number, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, new Uri(api, $"/api/tenants/{tenant}/documents/{document}"))
        {
            Headers = { Authorization = owner.Owner },
            Content = JsonContent.Create(new { filename = $"{number}.txt" }),
        };
        request.Headers.Add("traceparent", $"00-{number:x32}-00000000000000ff-01");
        try
        {
            using var answer = await http.SendAsync(request, ct);
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
