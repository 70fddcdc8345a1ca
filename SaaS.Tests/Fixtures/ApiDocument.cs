using System.Net.Http.Json;
using System.Text.Json;
using SaaS.Core.Access;

namespace SaaS.Tests.Fixtures;

/// <summary>An operation of the API, read from its OpenAPI document.</summary>
internal sealed record ApiOperation(string Method, string Path, JsonElement Description, JsonElement Document)
{
    public string Name => $"{Method} {Path}";

    public IEnumerable<string> PathParameters =>
        Path.Split('/').Where(segment => segment.StartsWith('{')).Select(segment => segment.Trim('{', '}'));

    public IEnumerable<string> QueryParameters => ParametersIn("query");

    public IEnumerable<string> DeclaredPathParameters => ParametersIn("path");

    /// <summary>The minimum role that a member needs; null outside tenants.</summary>
    public TenantRole? Role =>
        Description.TryGetProperty("x-tenant-role", out var role) ? Enum.Parse<TenantRole>(role.GetString()!, ignoreCase: true) : null;

    /// <summary>The scope that an API key needs; null for operations that no key may call.</summary>
    public string? Scope =>
        Description.TryGetProperty("security", out var security)
            ? security
                .EnumerateArray()
                .Where(scheme => scheme.TryGetProperty("api_key", out _))
                .Select(scheme => scheme.GetProperty("api_key").EnumerateArray().Single().GetString())
                .SingleOrDefault()
            : null;

    /// <summary>True if it requires authentication.</summary>
    public bool NeedsSignIn => Description.TryGetProperty("security", out var security) && security.GetArrayLength() > 0;

    /// <summary>The content types of its body; empty without a body.</summary>
    public IReadOnlyList<string> Bodies =>
        Description.TryGetProperty("requestBody", out var body)
            ? [.. body.GetProperty("content").EnumerateObject().Select(type => type.Name)]
            : [];

    /// <summary>The fields of its JSON body that are or can be strings.</summary>
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
                schema = choices.EnumerateArray().First(choice => choice.TryGetProperty("$ref", out _)); // an optional body
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

    /// <summary>Creates a request with these ids in its path.</summary>
    /// <param name="ids">The ids by the names of the path parameters.</param>
    /// <param name="body">The JSON body; an empty object by default, because authorization fails before the body is read.</param>
    /// <param name="query">The query string without the question mark.</param>
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
