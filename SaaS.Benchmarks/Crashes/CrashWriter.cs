using System.Globalization;
using System.Net.Http.Json;

namespace SaaS.Benchmarks.Crashes;

/// <summary>
/// Writes to one tenant, one write after the other. Each has a number, which goes along as its trace id: so it is found again
/// in the audit, with the write as with what followed from it. One that was not acknowledged may have happened or not.
/// </summary>
internal sealed class CrashWriter(HttpClient http, Uri api, Tenants owner, Guid tenant, Guid document)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private long _number;

    internal Guid Tenant => tenant;

    /// <summary>The numbers of writes that were answered with success.</summary>
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
                await Task.Delay(Pause, SystemUnderMeasurement.Clock, ct); // whoever was killed is coming back
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
