using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;

namespace SaaS.Benchmarks;

/// <summary>Uploads documents over HTTP.</summary>
internal static class Uploads
{
    /// <param name="tenants">The owner, whose token the request uses.</param>
    /// <returns>The id of the document.</returns>
    internal static async Task<Guid> SendAsync(HttpClient http, Uri api, Tenants tenants, Guid tenant, Stream content, CancellationToken ct)
    {
        using var file = new StreamContent(content, bufferSize: 128 * 1024);
        file.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        using var form = new MultipartFormDataContent { { file, "file", "measured.bin" } };
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(api, $"/api/tenants/{tenant}/documents"))
        {
            Headers = { Authorization = tenants.Owner },
            Content = form,
        };
        using var answer = await http.SendAsync(request, ct);
        return (await answer.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonElement>(ct))
            .GetProperty("data")
            .GetProperty("id")
            .GetGuid();
    }

    /// <summary>Uploads a document of one byte for each tenant.</summary>
    internal static async Task<IReadOnlyList<(Guid Tenant, Guid Document)>> SendOneEachAsync(
        HttpClient http,
        Uri api,
        Tenants owner,
        IEnumerable<Guid> tenants,
        CancellationToken ct
    )
    {
        List<(Guid, Guid)> sent = [];
        foreach (var tenant in tenants)
        {
            sent.Add((tenant, await SendAsync(http, api, owner, tenant, new GeneratedContent(1), ct)));
        }

        return sent;
    }
}
