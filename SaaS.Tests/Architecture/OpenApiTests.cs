using System.Text.RegularExpressions;
using SaaS.LocalServices;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Architecture;

/// <summary>Tests the OpenAPI document, and the page that shows it.</summary>
public sealed partial class OpenApiTests(SaaSApp app)
{
    [Fact]
    public async Task The_document_is_OpenAPI_3_1_in_JSON_and_in_YAML()
    {
        using var client = app.NewClient();
        using var json = await client.GetAsync("/openapi/v1.json");
        using var yaml = await client.GetAsync("/api/docs/swagger.yaml");

        Assert.StartsWith("3.1", (await json.ReadAsync(HttpStatusCode.OK)).GetProperty("openapi").GetString(), StringComparison.Ordinal);
        Assert.Contains("openapi: '3.1", await yaml.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_operation_has_a_description_and_declares_its_responses()
    {
        var operations = await ApiOperation.ReadAllAsync(app);
        Assert.NotEmpty(operations);

        foreach (var operation in operations)
        {
            Assert.True(
                operation.Description.TryGetProperty("description", out var description) && description.GetString()!.Length > 10,
                $"{operation.Name} has no description"
            );
            var statuses = operation.Description.GetProperty("responses").EnumerateObject().Select(response => response.Name).ToList();
            Assert.True(statuses.Any(status => status[0] is '2' or '3'), $"{operation.Name} declares no success");
            Assert.True(statuses.Any(status => status.StartsWith('4')), $"{operation.Name} declares no refusal");
        }
    }

    [Fact]
    public async Task Every_query_parameter_has_a_description()
    {
        var parameters = (await ApiOperation.ReadAllAsync(app))
            .Where(operation => operation.Description.TryGetProperty("parameters", out _))
            .SelectMany(operation =>
                operation.Description.GetProperty("parameters").EnumerateArray().Select(parameter => (operation.Name, parameter))
            )
            .Where(one => one.parameter.GetProperty("in").GetString() is "query")
            .ToList();
        Assert.NotEmpty(parameters);

        // An XML comment does not reach the document when the parameter has another name in C#.
        Assert.Empty(
            parameters
                .Where(one => !one.parameter.TryGetProperty("description", out _))
                .Select(one => $"{one.Name}: {one.parameter.GetProperty("name").GetString()}")
        );
    }

    [Fact]
    public async Task The_committed_document_matches_the_served_document()
    {
        using var client = app.NewClient();
        var served = $"{await client.GetStringAsync("/openapi/v1.json")}\n";
        var kept = Path.Combine(Repository.Root(), "docs", "openapi.json");
        if (Environment.GetEnvironmentVariable("WRITE_OPENAPI") is "1")
        {
            await File.WriteAllTextAsync(kept, served);
        }

        Assert.True(
            served == await File.ReadAllTextAsync(kept),
            "docs/openapi.json is not what is served: set WRITE_OPENAPI=1, run this test again, and read what changes for clients"
        );
    }

    [Fact]
    public async Task Every_operation_has_a_unique_id_and_declares_its_path_parameters()
    {
        var operations = await ApiOperation.ReadAllAsync(app);
        var names = operations.Select(operation => operation.Description.GetProperty("operationId").GetString()!).ToList();

        Assert.Equal([], names.Where(name => !CamelCase().IsMatch(name)));
        Assert.Equal([], names.GroupBy(name => name).Where(same => same.Count() > 1).Select(same => same.Key));
        Assert.All(operations, operation => Assert.Equal(operation.PathParameters.Order(), operation.DeclaredPathParameters.Order()));
    }

    [Fact]
    public async Task Timestamps_and_enums_are_strings_and_response_data_is_required()
    {
        var schemas = (await ApiOperation.ReadAllAsync(app))[0]
            .Document.GetProperty("components")
            .GetProperty("schemas")
            .EnumerateObject()
            .ToList();
        var fields = schemas
            .Where(schema => schema.Value.TryGetProperty("properties", out _))
            .SelectMany(schema => schema.Value.GetProperty("properties").EnumerateObject())
            .ToList();
        var times = fields
            .Where(field => field.Value.TryGetProperty("format", out var format) && format.GetString() is "date-time")
            .ToList();
        var words = schemas.Where(schema => schema.Value.TryGetProperty("enum", out _)).ToList();
        var answers = schemas.Where(schema => schema.Name.StartsWith("ApiResponseOf", StringComparison.Ordinal)).ToList();
        Assert.All(
            (int[])[times.Count, words.Count, answers.Count],
            count => Assert.True(count > 5, "the document has hardly any: has its form changed?")
        );

        Assert.All(
            times.Concat(words),
            text =>
                Assert.True(
                    text.Value.TryGetProperty("type", out var type) && type.GetRawText().Contains("\"string\"", StringComparison.Ordinal),
                    $"{text.Name} has no type: {text.Value}"
                )
        );
        Assert.All(
            answers,
            answer =>
                Assert.False(
                    answer.Value.GetProperty("properties").GetProperty("data").TryGetProperty("oneOf", out _),
                    $"{answer.Name} might have no data"
                )
        );
    }

    [Fact]
    public async Task The_documentation_page_is_served_without_third_party_content()
    {
        using var client = app.NewClient();
        using var answer = await client.GetAsync("/api/docs");
        var page = await answer.Content.ReadAsStringAsync();

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Contains("openapi/v1.json", page, StringComparison.Ordinal);
        Assert.DoesNotContain("//cdn.", page, StringComparison.Ordinal);
    }

    [GeneratedRegex("^[a-z]+([A-Z][a-z]+)*$")]
    private static partial Regex CamelCase();
}
