using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Architecture;

/// <summary>The document that describes the API, and the page that shows it.</summary>
public sealed class OpenApiTests(SaaSApp app)
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
    public async Task Every_operation_says_what_it_does_and_what_it_answers()
    {
        var operations = await ApiOperation.ReadAllAsync(app);
        Assert.NotEmpty(operations);

        foreach (var operation in operations)
        {
            Assert.True(operation.Description.TryGetProperty("summary", out var summary) && summary.GetString()!.Length > 10, $"{operation.Name} has no summary");
            var statuses = operation.Description.GetProperty("responses").EnumerateObject().Select(response => response.Name).ToList();
            Assert.True(statuses.Any(status => status[0] is '2' or '3'), $"{operation.Name} declares no success");
            Assert.True(statuses.Any(status => status.StartsWith('4')), $"{operation.Name} declares no refusal");
        }
    }

    [Fact]
    public async Task The_documentation_page_is_there_and_asks_nobody_else()
    {
        using var client = app.NewClient();
        using var answer = await client.GetAsync("/api/docs");
        var page = await answer.Content.ReadAsStringAsync();

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Contains("openapi/v1.json", page, StringComparison.Ordinal);
        Assert.DoesNotContain("//cdn.", page, StringComparison.Ordinal);
    }
}
