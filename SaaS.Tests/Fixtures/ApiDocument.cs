using System.Net.Http.Json;
using System.Text.Json;
using SaaS.Core.Access;

namespace SaaS.Tests.Fixtures;

/// <summary>One operation of the API, as its own OpenAPI document tells.</summary>
internal sealed record ApiOperation(string Method, string Path, JsonElement Description, JsonElement Document)
{
    public string Name => $"{Method} {Path}";

    public IEnumerable<string> PathParameters =>
        Path.Split('/').Where(segment => segment.StartsWith('{')).Select(segment => segment.Trim('{', '}'));

    public IEnumerable<string> QueryParameters => ParametersIn("query");

    public IEnumerable<string> DeclaredPathParameters => ParametersIn("path");

    /// <summary>Which role a member needs at least; null outside of tenants.</summary>
    public TenantRole? Role =>
        Description.TryGetProperty("x-tenant-role", out var role) ? Enum.Parse<TenantRole>(role.GetString()!, ignoreCase: true) : null;

    /// <summary>Whether it is for callers who have signed in.</summary>
    public bool NeedsSignIn => Description.TryGetProperty("security", out var security) && security.GetArrayLength() > 0;

    /// <summary>The kinds of content that its body may have; empty without a body.</summary>
    public IReadOnlyList<string> Bodies =>
        Description.TryGetProperty("requestBody", out var body)
            ? [.. body.GetProperty("content").EnumerateObject().Select(type => type.Name)]
            : [];

    /// <summary>The fields of its JSON body that are texts, or might be.</summary>
    public IReadOnlyList<string> StringFields
    {
        get
        {
            if (!Bodies.Contains("application/json"))
            {
                return [];
            }

            var schema = Description
                .GetProperty("requestBody")
                .GetProperty("content")
                .GetProperty("application/json")
                .GetProperty("schema");
            if (schema.TryGetProperty("oneOf", out var choices))
            {
                schema = choices.EnumerateArray().First(choice => choice.TryGetProperty("$ref", out _)); // a body that may be left out
            }

            while (schema.TryGetProperty("$ref", out var reference))
            {
                schema = reference.GetString()!.Split('/')[1..].Aggregate(Document, (element, name) => element.GetProperty(name));
            }

            return
            [
                .. schema
                    .GetProperty("properties")
                    .EnumerateObject()
                    .Where(property => !property.Value.GetRawText().Contains("\"integer\"", StringComparison.Ordinal))
                    .Select(property => property.Name),
            ];
        }
    }

    /// <summary>The request with these ids in its path.</summary>
    /// <param name="ids">By the names that they have in the path.</param>
    /// <param name="body">What its JSON is to be; an empty object unless given: who may not come in is told so before it is read.</param>
    /// <param name="query">What stands behind the question mark.</param>
    public HttpRequestMessage RequestWith(IReadOnlyDictionary<string, string> ids, object? body = null, string query = "")
    {
        var path = PathParameters.Aggregate(
            Path,
            (text, parameter) => text.Replace($"{{{parameter}}}", ids[parameter], StringComparison.Ordinal)
        );
        var request = new HttpRequestMessage(new HttpMethod(Method), path + query);
        if (Bodies.Contains("multipart/form-data"))
        {
            request.Content = TestTenant.FormOf("content"u8.ToArray());
        }
        else if (Bodies.Count > 0)
        {
            request.Content = JsonContent.Create(body ?? new { });
        }

        return request;
    }

    public static Task<IReadOnlyList<ApiOperation>> ReadAllAsync(SaaSApp app) => ReadAllAsync(app.Api);

    public static async Task<IReadOnlyList<ApiOperation>> ReadAllAsync(ApiUnderTest api)
    {
        using var client = api.NewClient();
        using var answer = await client.GetAsync("/openapi/v1.json");
        var document = await answer.ReadAsync(HttpStatusCode.OK);

        return
        [
            .. document
                .GetProperty("paths")
                .EnumerateObject()
                .SelectMany(path =>
                    path.Value.EnumerateObject()
                        .Select(operation => new ApiOperation(operation.Name.ToUpperInvariant(), path.Name, operation.Value, document))
                ),
        ];
    }

    private IEnumerable<string> ParametersIn(string place) =>
        Description.TryGetProperty("parameters", out var parameters)
            ? parameters
                .EnumerateArray()
                .Where(parameter => parameter.GetProperty("in").GetString() == place)
                .Select(parameter => parameter.GetProperty("name").GetString()!)
            : [];
}
