using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using SaaS.Tests.Fixtures;
using SaaS.Tests.Fuzzing;

namespace SaaS.Tests.Http;

/// <summary>Tests that routes of one kind are alike, and that a resource is alike in each of its views.</summary>
public sealed partial class ConsistencyTests(SaaSApp app)
{
    /// <summary>Lists whose length is determined by the product and not by its users: jobs and checks.</summary>
    private static readonly string[] OfFixedLength = ["listJobs", "listChecks", "listJoinableTenants"];

    [Fact]
    public async Task Every_list_is_paged()
    {
        var operations = await ApiOperation.ReadAllAsync(app);
        var check = new ResponseSchema(operations[0].Document);
        var lists = 0;
        var faults = new List<string>();
        foreach (var operation in operations.Where(operation => operation.Method is "GET"))
        {
            if (AnswerOf(operation, check) is not { } answer || !answer.TryGetProperty("data", out var data))
            {
                continue;
            }

            var inner = Resolved(data, check);
            var name = operation.Description.GetProperty("operationId").GetString()!;
            var isList =
                name.StartsWith("list", StringComparison.Ordinal)
                || (inner.TryGetProperty("type", out var type) && type.GetRawText().Contains("\"array\"", StringComparison.Ordinal));
            var isPaged =
                answer.TryGetProperty("pagination", out _)
                || (inner.TryGetProperty("properties", out var properties) && properties.TryGetProperty("pagination", out _));
            var takesPages = operation.QueryParameters.Intersect(["page", "per_page"]).Count() == 2;
            lists += isPaged ? 1 : 0;
            if (isPaged != takesPages || (isList && !isPaged && !OfFixedLength.Contains(name)))
            {
                faults.Add(
                    $"{operation.Name} ({name}): {(isPaged ? "answers pagination" : "answers no pagination")}, {(takesPages ? "takes pages" : "takes no pages")}"
                );
            }
        }

        Assert.True(lists > 15, $"only {lists} lists come in pages");
        Assert.True(faults.Count == 0, string.Join('\n', faults));
    }

    [Fact]
    public async Task Media_type_fields_share_one_name_and_schemas_hide_framework_types()
    {
        using var client = app.NewClient();
        var document = await client.GetStringAsync("/openapi/v1.json");
        Assert.DoesNotContain("\"media_type\"", document, StringComparison.Ordinal);
        Assert.DoesNotContain("IFormFile", document, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_created_resource_is_returned_unchanged_by_GET()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        var http = tenant.Admin.Http;
        using var madeTenant = await http.PostAsJsonAsync("/api/tenants", new { name = "Shown" });
        using var madeDocument = await http.PostAsync($"{tenant.Path}/documents", TestTenant.FormOf("shown"u8.ToArray()));
        using var madeConfiguration = await http.PostAsJsonAsync(
            $"{tenant.Path}/sso/config",
            new
            {
                client_id = "c",
                client_secret = "s",
                provider_tenant_id = "contoso.example",
            }
        );

        foreach (var made in (HttpResponseMessage[])[madeTenant, madeDocument, madeConfiguration])
        {
            var answered = await made.ReadDataAsync(HttpStatusCode.Created);
            using var shown = await http.GetAsync(made.Headers.Location);
            Assert.Equal([], DifferencesOf(answered, await shown.ReadDataAsync()));
        }
    }

    [Fact]
    public async Task A_tenant_has_the_same_fields_in_lists_and_details()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        using var listed = await tenant.Admin.Http.GetAsync("/api/tenants");
        using var shown = await tenant.Admin.Http.GetAsync(tenant.Path);
        var details = await shown.ReadDataAsync();

        Assert.Equal([], DifferencesOf((await listed.ReadDataAsync())[0], details));
        Assert.Equal(
            ("local", JsonValueKind.Null),
            (details.GetProperty("auth_method").GetString(), details.GetProperty("deleted_at").ValueKind)
        );
    }

    [Fact]
    public async Task Operators_see_the_effective_quotas()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        var operator_ = await TestUser.OperatorAsync(app);
        using var changed = await operator_.Http.PutAsJsonAsync($"/api/admin/tenants/{tenant.Id}/quotas", new { max_members = 7 });
        using var shown = await operator_.Http.GetAsync($"/api/admin/tenants/{tenant.Id}");
        using var members = await tenant.Admin.Http.GetAsync(tenant.Path);
        var state = await shown.ReadDataAsync();
        var effective = state.GetProperty("effective_quotas");

        Assert.Equal(HttpStatusCode.OK, changed.StatusCode);
        Assert.Equal(
            (7, JsonValueKind.Null),
            (
                state.GetProperty("quotas").GetProperty("max_members").GetInt32(),
                state.GetProperty("quotas").GetProperty("max_documents").ValueKind
            )
        );
        Assert.Equal(7, effective.GetProperty("max_members").GetInt32());
        Assert.All(effective.EnumerateObject(), quota => Assert.Equal(JsonValueKind.Number, quota.Value.ValueKind));
        Assert.Equal([], DifferencesOf((await members.ReadDataAsync()).GetProperty("quotas"), effective));
        Assert.Equal(
            ["max_members", "max_documents", "max_storage_bytes", "max_requests_per_minute"],
            effective.EnumerateObject().Select(quota => quota.Name)
        );
    }

    [Fact]
    public async Task Descriptions_keep_their_backslashes_in_Markdown()
    {
        using var client = app.NewClient();
        var texts = TextsOf((await (await client.GetAsync("/openapi/v1.json")).ReadAsync(HttpStatusCode.OK)).Clone()).ToList();
        Assert.True(texts.Count > 500, "the document has hardly any text");

        // Markdown drops a backslash before punctuation, except in code.
        Assert.Equal([], texts.Where(text => LostBackslash().IsMatch(Code().Replace(text, ""))));
    }

    private static IEnumerable<string> TextsOf(JsonElement element) =>
        element.ValueKind switch
        {
            JsonValueKind.Object => element
                .EnumerateObject()
                .SelectMany(member =>
                    member.Name is "description" or "summary" && member.Value.ValueKind is JsonValueKind.String
                        ? [member.Value.GetString()!]
                        : TextsOf(member.Value)
                ),
            JsonValueKind.Array => element.EnumerateArray().SelectMany(TextsOf),
            _ => [],
        };

    // Content is verified in the background, after the response.
    private static IEnumerable<string> DifferencesOf(JsonElement part, JsonElement whole) =>
        part.EnumerateObject()
            .Where(field => field.Name is not "verified_at")
            .SelectMany(field =>
                !whole.TryGetProperty(field.Name, out var other) ? [$"{field.Name} is not there"]
                : (field.Value.ValueKind, other.ValueKind) is (JsonValueKind.Object, JsonValueKind.Object)
                    ? DifferencesOf(field.Value, other)
                : JsonElement.DeepEquals(field.Value, other) ? []
                : (string[])[$"{field.Name}: {field.Value.GetRawText()} and {other.GetRawText()}"]
            );

    // Returns the properties of a JSON success response.
    private static JsonElement? AnswerOf(ApiOperation operation, ResponseSchema check) =>
        operation.Description.GetProperty("responses").TryGetProperty("200", out var response)
        && response.TryGetProperty("content", out var content)
        && content.TryGetProperty("application/json", out var media)
        && Resolved(media.GetProperty("schema"), check).TryGetProperty("properties", out var properties)
            ? properties
            : null;

    private static JsonElement Resolved(JsonElement schema, ResponseSchema check) =>
        schema.TryGetProperty("$ref", out var reference) ? check.Resolve(reference.GetString()!) : schema;

    [GeneratedRegex("`[^`]*`")]
    private static partial Regex Code();

    [GeneratedRegex(@"\\[!-/:-@\[-`{-~]")]
    private static partial Regex LostBackslash();
}
