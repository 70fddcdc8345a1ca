using System.Net;

namespace SaaS.AppHost.Lifecycle;

/// <summary>Accepts a health check response only from the process that this run has started, not from another one on that port.</summary>
internal sealed class InstanceCheck(string instanceId) : DelegatingHandler
{
    // SaaS.ServiceDefaults writes the header, from Health:InstanceId.
    private const string Header = "X-Instance-Id";

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var response = await base.SendAsync(request, cancellationToken);
        if (request.RequestUri?.AbsolutePath is not "/health/ready"
            || (response.Headers.TryGetValues(Header, out var values) && values.Contains(instanceId)))
        {
            return response;
        }

        response.Dispose();
        return new HttpResponseMessage(HttpStatusCode.MisdirectedRequest) { RequestMessage = request };
    }
}
