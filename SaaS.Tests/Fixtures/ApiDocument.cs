using System.Net.Http.Json;
using System.Text.Json;

namespace SaaS.Tests.Fixtures;

/// <summary>One operation of the API, as its own OpenAPI document tells.</summary>
internal sealed record ApiOperation(string Method, string Path, JsonElement Description)
{
    public string Name => $"{Method} {Path}";

    public IEnumerable<string> PathParameters =>
        Path.Split('/').Where(segment => segment.StartsWith('{')).Select(segment => segment.Trim('{', '}'));

    /// <summary>The request with these ids in its path, and a body that is as good as any: who may not come in is told so before it is read.</summary>
    public HttpRequestMessage RequestWith(IReadOnlyDictionary<string, Guid> ids)
    {
        var path = PathParameters.Aggregate(Path, (text, parameter) => text.Replace($"{{{parameter}}}", ids[parameter].ToString(), StringComparison.Ordinal));
        var request = new HttpRequestMessage(new HttpMethod(Method), path);
        if (Description.TryGetProperty("requestBody", out var body))
        {
            request.Content = body.GetProperty("content").TryGetProperty("multipart/form-data", out _)
                ? TestTenant.FormOf("content"u8.ToArray())
                : JsonContent.Create(new { });
        }

        return request;
    }

    public static async Task<IReadOnlyList<ApiOperation>> ReadAllAsync(SaaSApp app)
    {
        using var client = app.NewClient();
        using var answer = await client.GetAsync("/openapi/v1.json");
        var document = await answer.ReadAsync(HttpStatusCode.OK);

        return [.. document.GetProperty("paths").EnumerateObject().SelectMany(path => path.Value.EnumerateObject()
            .Select(operation => new ApiOperation(operation.Name.ToUpperInvariant(), path.Name, operation.Value)))];
    }
}
