using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using SaaS.LocalServices;
using SaaS.Tests.Fixtures;
using SaaS.Tests.Fuzzing;

namespace SaaS.Tests.Http;

/// <summary>
/// Tests the operations of the system that this one replaces, as original-operations.txt lists them: requests of its clients are accepted,
/// and the fields that they read are present.
/// </summary>
public sealed partial class OriginalApiTests(SaaSApp app)
{
    [Fact]
    public async Task Each_operation_takes_and_answers_what_the_list_says()
    {
        var operations = await ApiOperation.ReadAllAsync(app);
        var check = new ResponseSchema(operations[0].Document);
        using var nobody = app.NewClient();
        var rows = await ReadRowsAsync();
        Assert.True(rows.Count > 50, $"the list has only {rows.Count} operations");

        var faults = new List<string>();
        foreach (var row in rows)
        {
            if (operations.SingleOrDefault(operation => operation.Name == row.Operation) is { } operation)
            {
                faults.AddRange(FaultsOf(row, operation, check));
            }
            else
            {
                // Routes outside the document, for programs that send no token, and routes that do not exist.
                using var answer = await nobody.SendAsync(
                    new HttpRequestMessage(
                        new HttpMethod(row.Operation.Split(' ')[0]),
                        row.Operation.Split(' ')[1]
                            .Replace("{tenantId}", Guid.CreateVersion7(DateTimeOffset.UnixEpoch).ToString(), StringComparison.Ordinal)
                    )
                );
                var body = await answer.Content.ReadAsStringAsync();
                faults.AddRange(
                    row.Status is "none"
                        ? answer.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.MethodNotAllowed
                            ? []
                            : [$"{row.Operation} is there"]
                        : ((int)answer.StatusCode).ToString(System.Globalization.CultureInfo.InvariantCulture) != row.Status
                            ? [$"{row.Operation} answers {answer.StatusCode}"]
                            : row
                                .Response.Where(path => !IsIn(JsonDocument.Parse(body).RootElement, path.Split('.')))
                                .Select(path => $"{row.Operation} answers no {path}")
                );
            }
        }

        Assert.True(faults.Count == 0, string.Join('\n', faults));
    }

    [Fact]
    public async Task Enabling_SSO_needs_no_body_and_a_provider_name_is_accepted()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        var path = $"{tenant.Path}/sso/config";
        using var configured = await PostAsync(
            $$"""{"provider": "azure_ad", "client_id": "c", "client_secret": "s", "provider_tenant_id": "{{tenant.Id}}"}""",
            path
        );
        using var enabled = await tenant.Admin.Http.PostAsync($"{path}/enable", content: null);
        using var disabled = await tenant.Admin.Http.PostAsync($"{path}/disable", content: null);
        using var unknown = await PostAsync(
            """{"client_id": "c", "client_secret": "s", "provider_tenant_id": "contoso.example", "config_metadata": {"flavour": 1}}""",
            path
        );

        Assert.Equal("azure_ad", (await configured.ReadAsync(HttpStatusCode.Created)).GetProperty("provider_type").GetString());
        Assert.True((await enabled.ReadAsync(HttpStatusCode.OK)).GetProperty("is_enabled").GetBoolean());
        Assert.False((await disabled.ReadAsync(HttpStatusCode.OK)).GetProperty("is_enabled").GetBoolean());
        Assert.Equal(["flavour"], await unknown.ReadFieldsAsync());

        async Task<HttpResponseMessage> PostAsync(string body, string to) =>
            await tenant.Admin.Http.PostAsync(to, new StringContent(body, Encoding.UTF8, "application/json"));
    }

    [Fact]
    public async Task A_download_that_accepts_binary_content_returns_it()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        var document = await tenant.UploadAsync("the bytes"u8.ToArray());
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{tenant.Path}/documents/{document.IdOf()}/download");
        request.Headers.Add("Accept", "application/octet-stream");
        using var answer = await tenant.Admin.Http.SendAsync(request);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("the bytes", await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Formerly_unwrapped_responses_keep_their_fields_beside_the_envelope()
    {
        using var nobody = app.NewClient();
        using var answer = await nobody.PostAsync(
            "/api/auth/sso/detect",
            new StringContent("""{"email": "ada@nowhere.example"}""", Encoding.UTF8, "application/json")
        );
        var body = await answer.ReadAsync(HttpStatusCode.OK);

        Assert.False(body.GetProperty("has_sso").GetBoolean());
        Assert.Equal(body.GetProperty("data").GetProperty("tenants").GetRawText(), body.GetProperty("tenants").GetRawText());
    }

    private static IEnumerable<string> FaultsOf(OriginalOperation row, ApiOperation operation, ResponseSchema check)
    {
        var responses = operation.Description.GetProperty("responses");
        if (!responses.TryGetProperty(row.Status, out var response))
        {
            return [$"{row.Operation} declares no {row.Status}"];
        }

        string[] taken = [.. operation.QueryParameters, .. FieldsOf(operation, check)];
        var answered =
            response.TryGetProperty("content", out var content) && content.TryGetProperty("application/json", out var media)
                ? media.GetProperty("schema")
                : default;
        return row
            .Request.Except(taken)
            .Select(field => $"{row.Operation} takes no {field}")
            .Concat(
                row.Response.Where(path => !IsDeclared(answered, path.Split('.'), check))
                    .Select(path => $"{row.Operation} answers no {path}")
            );
    }

    private static IEnumerable<string> FieldsOf(ApiOperation operation, ResponseSchema check) =>
        operation.Bodies.Count == 0
            ? []
            : Followed(
                    operation
                        .Description.GetProperty("requestBody")
                        .GetProperty("content")
                        .GetProperty(operation.Bodies[0])
                        .GetProperty("schema"),
                    check
                )
                .GetProperty("properties")
                .EnumerateObject()
                .Select(property => property.Name);

    private static bool IsDeclared(JsonElement schema, string[] path, ResponseSchema check)
    {
        foreach (var step in path)
        {
            if (
                schema.ValueKind is not JsonValueKind.Object
                || !Followed(schema, check).TryGetProperty("properties", out var properties)
                || !properties.TryGetProperty(step.Replace("[]", "", StringComparison.Ordinal), out schema)
            )
            {
                return false;
            }

            if (step.EndsWith("[]", StringComparison.Ordinal) && !Followed(schema, check).TryGetProperty("items", out schema))
            {
                return false;
            }
        }

        return true;
    }

    private static JsonElement Followed(JsonElement schema, ResponseSchema check) =>
        schema.TryGetProperty("$ref", out var reference) ? check.Resolve(reference.GetString()!)
        : schema.TryGetProperty("oneOf", out var choices)
            ? Followed(choices.EnumerateArray().First(choice => choice.TryGetProperty("$ref", out _)), check)
        : schema;

    private static bool IsIn(JsonElement body, string[] path) =>
        path.Length == 0 || (body.TryGetProperty(path[0], out var inner) && IsIn(inner, path[1..]));

    private static async Task<IReadOnlyList<OriginalOperation>> ReadRowsAsync()
    {
        var lines = await File.ReadAllLinesAsync(Path.Combine(Repository.Root(), "SaaS.Tests", "Http", "original-operations.txt"));
        return
        [
            .. lines
                .Where(line => line.StartsWith("| `", StringComparison.Ordinal))
                .Select(line => line.Split('|', StringSplitOptions.TrimEntries))
                .Select(cells => new OriginalOperation(cells[1].Trim('`'), Names(cells[2]), Names(cells[3]), cells[4])),
        ];

        static string[] Names(string cell) => [.. Quoted().Matches(cell).Select(match => match.Groups[1].Value)];
    }

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Quoted();

    private sealed record OriginalOperation(string Operation, string[] Request, string[] Response, string Status);
}
