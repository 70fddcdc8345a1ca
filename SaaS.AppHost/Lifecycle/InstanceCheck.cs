using System.Net;

namespace SaaS.AppHost.Lifecycle;

/// <summary>
/// Accepts a health check response only from a host of this run, not from another process on the same port. During the start it
/// polls the host, because Aspire retries only after 1, 2, 3, 4 and 5 seconds.
/// </summary>
/// <param name="instanceId">The id of this run.</param>
/// <param name="isStarting">Returns true while the run is starting.</param>
internal sealed class InstanceCheck(string instanceId, Func<bool> isStarting) : DelegatingHandler
{
    // SaaS.ServiceDefaults writes this header from Health:InstanceId.
    private const string Header = "X-Instance-Id";

    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(100);

    // Less than the ten seconds after which Aspire cancels a health check.
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(8);

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (request.RequestUri?.AbsolutePath is not "/health/ready")
        {
            return await base.SendAsync(request, cancellationToken);
        }

        for (var began = TimeProvider.System.GetTimestamp(); ; await Task.Delay(PollInterval, cancellationToken))
        {
            var isLast = !isStarting() || TimeProvider.System.GetElapsedTime(began) > Timeout;
            if (await TrySendAsync(request, isLast, cancellationToken) is { } response)
            {
                return response;
            }
        }
    }

    /// <summary>Sends the request once; null when the host is not ready and this is not the last attempt.</summary>
    private async Task<HttpResponseMessage?> TrySendAsync(HttpRequestMessage request, bool isLast, CancellationToken ct)
    {
        HttpResponseMessage response;
        try
        {
            response = await base.SendAsync(request, ct);
        }
        catch (HttpRequestException) when (!isLast)
        {
            return null;
        }

        var isOwn = response.Headers.TryGetValues(Header, out var values) && values.Contains(instanceId);
        if (isOwn && (isLast || response.IsSuccessStatusCode))
        {
            return response;
        }

        response.Dispose();
        return isLast ? new HttpResponseMessage(HttpStatusCode.MisdirectedRequest) { RequestMessage = request } : null;
    }
}
