using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.Extensions.DependencyInjection;
using SaaS.Core.Http;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Http;

/// <summary>Tests the rules of the RFCs for every request, on every route.</summary>
public sealed partial class HttpStandardTests(SaaSApp app)
{
    /// <summary>The operation whose query a provider writes, which may contain parameters unknown to us.</summary>
    private const string WrittenByOthers = "GET /api/auth/sso/azure/callback";

    [Fact]
    public async Task HEAD_returns_the_headers_of_GET_without_content_on_every_operation()
    {
        await using var every = await EveryOperation.ReadAsync(app);
        var faults = new List<string>();

        foreach (var operation in every.Operations.Where(operation => operation.Method is "GET"))
        {
            using var get = await every.CallerOf(operation).SendAsync(every.RequestTo(operation));
            using var request = every.RequestTo(operation);
            request.Method = HttpMethod.Head;
            using var head = await every.CallerOf(operation).SendAsync(request);
            var content = await head.Content.ReadAsByteArrayAsync();
            if (
                head.StatusCode != get.StatusCode
                || content.Length > 0
                || head.Content.Headers.ContentType?.MediaType != get.Content.Headers.ContentType?.MediaType
                || head.Headers.ETag?.Tag != get.Headers.ETag?.Tag
            )
            {
                faults.Add($"{operation.Name}: {head.StatusCode} with {content.Length} bytes instead of {get.StatusCode}");
            }
        }

        Assert.True(faults.Count == 0, string.Join('\n', faults));
    }

    [Fact]
    public async Task HEAD_reaches_every_page_and_probe_of_every_host()
    {
        var paths = app
            .Services.GetRequiredService<EndpointDataSource>()
            .Endpoints.OfType<RouteEndpoint>()
            .Where(route => route.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods.Contains("GET") is true)
            .Select(route => PathOf(route.RoutePattern))
            .Distinct()
            .ToList();
        Assert.True(paths.Count > 40, "hardly any route answers GET: has the source of routes changed?");

        using var nobody = app.NewClient();
        using var scheduler = app.NewSchedulerClient();
        var faults = new List<string>();
        foreach (
            var (client, path) in paths
                .Select(path => (nobody, path))
                .Concat(((string[])["/", "/health", "/health/live", "/health/jobs", "/jobs"]).Select(path => (scheduler, path)))
        )
        {
            using var request = new HttpRequestMessage(HttpMethod.Head, path);
            using var head = await client.SendAsync(request);
            if (head.StatusCode is HttpStatusCode.MethodNotAllowed)
            {
                faults.Add(path);
            }
        }

        Assert.True(faults.Count == 0, string.Join('\n', faults));
    }

    [Fact]
    public async Task An_unsupported_method_is_rejected_with_the_allowed_methods()
    {
        using var client = app.NewClient();
        using var answer = await client.DeleteAsync("/health");

        Assert.Equal(HttpStatusCode.MethodNotAllowed, answer.StatusCode);
        Assert.Equal(["GET", "HEAD"], answer.Content.Headers.Allow.Order());
    }

    [Fact]
    public async Task HEAD_does_not_create_a_download_link()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        var document = await tenant.UploadAsync("linked"u8.ToArray());
        using var request = new HttpRequestMessage(HttpMethod.Head, $"{tenant.Path}/documents/{document.IdOf()}/download-url");
        using var head = await tenant.Admin.Http.SendAsync(request);
        using var audit = await tenant.Admin.Http.GetAsync($"{tenant.Path}/audit?subject_id={document.IdOf()}");

        Assert.Equal(HttpStatusCode.OK, head.StatusCode);
        Assert.DoesNotContain(
            (await audit.ReadDataAsync()).GetProperty("entries").EnumerateArray(),
            entry => entry.GetProperty("action").GetString()!.Contains("link", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task Every_operation_rejects_an_unknown_query_parameter()
    {
        await using var every = await EveryOperation.ReadAsync(app);
        var taken = new List<string>();

        foreach (var operation in every.Operations)
        {
            using var answer = await every.CallerOf(operation).SendAsync(every.RequestTo(operation, "?no_such_parameter=1"));
            if (
                !(await answer.Content.ReadAsStringAsync()).Contains(
                    "{\"no_such_parameter\":[\"Unknown query parameter.\"]}",
                    StringComparison.Ordinal
                )
            )
            {
                taken.Add(operation.Name);
            }
        }

        Assert.Equal([WrittenByOthers], taken);
    }

    [Theory]
    [InlineData("boolean", "", "1", "yes", "true,false")]
    [InlineData("uuid", "", "x", "{00000000-0000-0000-0000-000000000000}", "00000000000000000000000000000000")]
    [InlineData(
        "date-time",
        "",
        "01/02/2026",
        "12:00",
        "Nov 29",
        "2026-11-30",
        "2026-11-30T12:00:00",
        "2026-13-30T12:00:00Z",
        "2026-11-30 12:00:00Z"
    )]
    [InlineData("date", "", "01/02/2026", "2026-1-1", "Nov 29", "2026-11-30T12:00:00Z")]
    [InlineData("integer", "", "1.0", "1e3", "0x10", " 1", "1,000", "99999999999999999999")]
    public async Task Every_operation_rejects_a_malformed_query_value(string kind, params string[] values)
    {
        await using var every = await EveryOperation.ReadAsync(app);
        var parameters = every
            .Operations.SelectMany(operation => ParametersOf(operation, kind).Select(name => (Operation: operation, Name: name)))
            .ToList();
        Assert.NotEmpty(parameters);

        var faults = new List<string>();
        foreach (var (operation, name) in parameters)
        {
            foreach (var value in values)
            {
                using var answer = await every
                    .CallerOf(operation)
                    .SendAsync(every.RequestTo(operation, $"?{name}={Uri.EscapeDataString(value)}"));
                if (answer.StatusCode is not HttpStatusCode.BadRequest || !(await answer.ReadFieldsAsync()).Contains(name))
                {
                    faults.Add($"{operation.Name} takes '{value}' for {name}: {answer.StatusCode}");
                }
            }
        }

        Assert.True(faults.Count == 0, string.Join('\n', faults));
    }

    [Theory]
    [InlineData("2026-11-30T12:00:00Z")]
    [InlineData("2026-11-30t12:00:00.123456789z")]
    [InlineData("2026-11-30T12:00:00+02:00")]
    public async Task An_RFC_3339_timestamp_is_accepted(string time)
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        using var answer = await tenant.Admin.Http.GetAsync($"{tenant.Path}/documents?created_from={Uri.EscapeDataString(time)}");
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Fact]
    public async Task Every_JSON_operation_accepts_a_quoted_charset()
    {
        await using var every = await EveryOperation.ReadAsync(app);
        var refused = await JsonRefusedAsync(every, operation => "application/json; charset=\"utf-8\"");
        Assert.Equal([], refused);
    }

    [Fact]
    public async Task Only_PATCH_accepts_another_JSON_media_type_and_only_merge_patch()
    {
        await using var every = await EveryOperation.ReadAsync(app);
        var withBody = every
            .Operations.Where(operation => operation.Bodies.Contains("application/json"))
            .Select(operation => operation.Name)
            .ToList();

        Assert.Equal(withBody, await JsonRefusedAsync(every, operation => "application/json-patch+json"));
        Assert.Equal(withBody, await JsonRefusedAsync(every, operation => "application/vnd.api+json"));
        Assert.Equal(
            withBody.Where(name => !name.StartsWith("PATCH", StringComparison.Ordinal)),
            await JsonRefusedAsync(every, operation => "application/merge-patch+json")
        );
    }

    [Fact]
    public async Task An_unsupported_content_type_or_encoding_is_rejected_with_the_supported_ones()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        using var patched = await SendAsync(tenant.Admin.Http, HttpMethod.Patch, "/api/users/me", "application/json-patch+json");
        using var posted = await SendAsync(tenant.Admin.Http, HttpMethod.Post, "/api/tenants", "application/vnd.api+json");
        using var packed = await SendAsync(tenant.Admin.Http, HttpMethod.Post, "/api/tenants", "application/json", coding: "gzip");

        Assert.Equal("application/json, application/merge-patch+json", Assert.Single(patched.Headers.GetValues("Accept-Patch")));
        Assert.Equal("application/json", Assert.Single(posted.Headers.GetValues("Accept")));
        Assert.Equal("identity", Assert.Single(packed.Headers.GetValues("Accept-Encoding")));
        Assert.False(packed.Headers.Contains("Accept"));
    }

    [Fact]
    public async Task A_merge_patch_merges_at_every_depth()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        var document = await tenant.UploadAsync("patched"u8.ToArray());
        var path = $"{tenant.FilesPath}/{document.GetProperty("file_id").GetString()}";
        using var first = await SendAsync(
            tenant.Admin.Http,
            HttpMethod.Patch,
            path,
            "application/merge-patch+json",
            """{"file_metadata": {"a": {"b": 1, "c": [1, {"d": null}]}, "e": "f", "n": {"gone": null, "kept": 1}}}"""
        );
        using var second = await SendAsync(
            tenant.Admin.Http,
            HttpMethod.Patch,
            path,
            "application/merge-patch+json",
            """{"file_metadata": {"a": {"b": null, "x": {"y": 2}}, "e": {"g": 3}, "n": [1]}}"""
        );

        Assert.Equal(
            """{"a":{"b":1,"c":[1,{"d":null}]},"e":"f","n":{"kept":1}}""",
            Sorted((await first.ReadDataAsync()).GetProperty("file_metadata"))
        );
        Assert.Equal(
            """{"a":{"c":[1,{"d":null}],"x":{"y":2}},"e":{"g":3},"n":[1]}""",
            Sorted((await second.ReadDataAsync()).GetProperty("file_metadata"))
        );
    }

    [Fact]
    public async Task CORS_allows_the_headers_of_range_and_conditional_requests()
    {
        const string Origin = "https://app.example.com";
        await using var api = app.StartApi(new() { ["Cors:Origins:0"] = Origin });
        using var client = api.NewClient();
        using var request = new HttpRequestMessage(HttpMethod.Options, "/api/downloads");
        request.Headers.Add("Origin", Origin);
        request.Headers.Add("Access-Control-Request-Method", "GET");
        request.Headers.Add("Access-Control-Request-Headers", "if-match,if-none-match,if-range,range");
        using var preflight = await client.SendAsync(request);
        using var read = new HttpRequestMessage(HttpMethod.Get, "/health");
        read.Headers.Add("Origin", Origin);
        using var answer = await client.SendAsync(read);

        Assert.Equal("3600", Assert.Single(preflight.Headers.GetValues("Access-Control-Max-Age")));
        Assert.Equal(
            [],
            ((string[])["if-match", "if-none-match", "if-range", "range"]).Except(ListOf(preflight, "Access-Control-Allow-Headers"))
        );
        Assert.Equal(
            [],
            ((string[])["content-range", "accept-ranges", "accept-patch", "etag"]).Except(ListOf(answer, "Access-Control-Expose-Headers"))
        );

        static HashSet<string> ListOf(HttpResponseMessage answer, string header) =>
            [.. answer.Headers.GetValues(header).SelectMany(value => value.ToLowerInvariant().Split(',', StringSplitOptions.TrimEntries))];
    }

    [Fact]
    public async Task Every_problem_type_has_a_documentation_page()
    {
        using var client = app.NewClient();
        var codes = Codes()
            .Matches(await client.GetStringAsync("/openapi/v1.json"))
            .Select(match => match.Groups[1].Value)
            .Distinct()
            .Order()
            .ToList();
        Assert.True(codes.Count > 30, "the document has hardly any code");

        foreach (var code in codes)
        {
            using var page = await client.GetAsync(ProblemPages.GetPath(code));
            Assert.True(
                page.StatusCode is HttpStatusCode.OK && page.Content.Headers.ContentType?.MediaType is "text/html",
                $"{code} has no page"
            );
            Assert.Contains(code, await page.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }

        using var unknown = await client.GetAsync(ProblemPages.GetPath("NO_SUCH_CODE"));
        var refusal = await unknown.ReadAsync(HttpStatusCode.NotFound);
        Assert.Equal(
            ("/problems/NOT_FOUND", "Not found"),
            (refusal.GetProperty("type").GetString(), refusal.GetProperty("title").GetString())
        );
        Assert.Contains("/problems/QUOTA_EXCEEDED", await client.GetStringAsync("/problems"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Field_errors_are_repeated_at_the_top_level_with_the_allowed_values()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        using var answer = await SendAsync(
            tenant.Admin.Http,
            HttpMethod.Post,
            $"{tenant.Path}/users",
            "application/json",
            """{"email": "a@example.com", "role": "owner"}"""
        );
        var refusal = await answer.ReadAsync(HttpStatusCode.BadRequest);

        Assert.Equal("Must be one of: viewer, user, admin.", refusal.GetProperty("details").GetProperty("role")[0].GetString());
        Assert.Equal(refusal.GetProperty("details").GetRawText(), refusal.GetProperty("error").GetProperty("details").GetRawText());
    }

    [Fact]
    public async Task YAML_is_served_as_application_yaml()
    {
        using var client = app.NewClient();
        using var yaml = await client.GetAsync("/api/docs/swagger.yaml");
        Assert.Equal("application/yaml", yaml.Content.Headers.ContentType?.MediaType);
    }

    private static async Task<List<string>> JsonRefusedAsync(EveryOperation every, Func<ApiOperation, string> type)
    {
        var refused = new List<string>();
        foreach (var operation in every.Operations.Where(operation => operation.Bodies.Contains("application/json")))
        {
            // An unknown field, so that no operation has an effect.
            using var request = every.RequestTo(operation);
            request.Content = new ByteArrayContent("{\"no_such_field\": 1}"u8.ToArray())
            {
                Headers = { ContentType = MediaTypeHeaderValue.Parse(type(operation)) },
            };
            using var answer = await every.CallerOf(operation).SendAsync(request);
            if (answer.StatusCode is HttpStatusCode.UnsupportedMediaType)
            {
                refused.Add(operation.Name);
            }
        }

        return refused;
    }

    private static async Task<HttpResponseMessage> SendAsync(
        HttpClient client,
        HttpMethod method,
        string path,
        string type,
        string body = "{}",
        string? coding = null
    )
    {
        using var request = new HttpRequestMessage(method, path)
        {
            Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body)) { Headers = { ContentType = MediaTypeHeaderValue.Parse(type) } },
        };
        if (coding is not null)
        {
            request.Content.Headers.ContentEncoding.Add(coding);
        }

        return await client.SendAsync(request);
    }

    private static IEnumerable<string> ParametersOf(ApiOperation operation, string kind) =>
        operation.Description.TryGetProperty("parameters", out var parameters)
            ? parameters
                .EnumerateArray()
                .Where(parameter =>
                    parameter.GetProperty("in").GetString() is "query"
                    && parameter.GetProperty("schema") is var schema
                    && (
                        schema.TryGetProperty("format", out var format) && format.GetString() == kind
                        || schema.TryGetProperty("type", out var type) && type.GetRawText() == $"\"{kind}\""
                    )
                )
                .Select(parameter => parameter.GetProperty("name").GetString()!)
            : [];

    private static string Sorted(JsonElement element) =>
        element.ValueKind switch
        {
            JsonValueKind.Object =>
                $"{{{string.Join(',', element.EnumerateObject().OrderBy(member => member.Name, StringComparer.Ordinal).Select(member => $"\"{member.Name}\":{Sorted(member.Value)}"))}}}",
            JsonValueKind.Array => $"[{string.Join(',', element.EnumerateArray().Select(Sorted))}]",
            _ => element.GetRawText(),
        };

    private static string PathOf(RoutePattern pattern) =>
        "/" + string.Join('/', pattern.PathSegments.Select(segment => string.Concat(segment.Parts.Select(TextOf))));

    private static string TextOf(RoutePatternPart part) =>
        part switch
        {
            RoutePatternLiteralPart literal => literal.Content,
            RoutePatternParameterPart { Name: "documentName" } => "v1",
            RoutePatternParameterPart => Guid.CreateVersion7(DateTimeOffset.UnixEpoch).ToString(),
            _ => "",
        };

    [GeneratedRegex("`([A-Z][A-Z_]+)`: ")]
    private static partial Regex Codes();
}
