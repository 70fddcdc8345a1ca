using System.Collections.Concurrent;
using Microsoft.AspNetCore.Http;

namespace SaaS.Entra;

/// <summary>A received request.</summary>
/// <param name="Form">The form fields of the body; empty without a form. For a token request they include the client secret.</param>
internal sealed record EntraRequest(
    EntraEndpoint Endpoint,
    string Path,
    IReadOnlyDictionary<string, string> Query,
    IReadOnlyDictionary<string, string> Form,
    string? Authorization
);

/// <summary>The received requests, oldest first, including those that were made to fail.</summary>
internal sealed class EntraRequests
{
    private readonly ConcurrentQueue<EntraRequest> _all = [];

    public int Count(EntraEndpoint endpoint) => _all.Count(request => request.Endpoint == endpoint);

    /// <summary>Returns the newest request to an endpoint; null when there is none.</summary>
    public EntraRequest? Last(EntraEndpoint endpoint) => _all.LastOrDefault(request => request.Endpoint == endpoint);

    public void Clear() => _all.Clear();

    internal async Task RecordAsync(EntraEndpoint endpoint, HttpRequest request)
    {
        var form = request.HasFormContentType ? await request.ReadFormAsync() : FormCollection.Empty;
        _all.Enqueue(
            new EntraRequest(
                endpoint,
                request.Path,
                request.Query.ToDictionary(field => field.Key, field => field.Value.ToString()),
                form.ToDictionary(field => field.Key, field => field.Value.ToString()),
                request.Headers.Authorization
            )
        );
    }
}
