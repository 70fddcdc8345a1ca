using System.Collections.Concurrent;
using Microsoft.AspNetCore.Http;

namespace SaaS.Entra;

/// <summary>A request as it came.</summary>
/// <param name="Form">The fields of its body; empty where it had none. A token request's has the client's secret in it.</param>
internal sealed record EntraRequest(EntraEndpoint Endpoint, string Path, IReadOnlyDictionary<string, string> Query, IReadOnlyDictionary<string, string> Form, string? Authorization);

/// <summary>What the stand-in was asked, oldest first, whether or not it was made to fail.</summary>
internal sealed class EntraRequests
{
    private readonly ConcurrentQueue<EntraRequest> _all = [];

    public int Count(EntraEndpoint endpoint) => _all.Count(request => request.Endpoint == endpoint);

    /// <summary>The newest request of its kind; null before the first one.</summary>
    public EntraRequest? Last(EntraEndpoint endpoint) => _all.LastOrDefault(request => request.Endpoint == endpoint);

    public void Clear() => _all.Clear();

    internal async Task NoteAsync(EntraEndpoint endpoint, HttpRequest request)
    {
        var form = request.HasFormContentType ? await request.ReadFormAsync() : FormCollection.Empty;
        _all.Enqueue(new EntraRequest(
            endpoint,
            request.Path,
            request.Query.ToDictionary(field => field.Key, field => field.Value.ToString()),
            form.ToDictionary(field => field.Key, field => field.Value.ToString()),
            request.Headers.Authorization));
    }
}
