using System.Globalization;
using System.Reflection;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using SaaS.Core.Http;
using SaaS.LocalServices;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Architecture;

/// <summary>Tests that docs/PROBLEMS.md lists exactly the problems that the code declares.</summary>
public sealed partial class ProblemTableTests(SaaSApp app)
{
    // A problem of more operations than these is not one of a use case.
    private const int MaxOperations = 5;

    private const BindingFlags StaticFields =
        BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    private static string Page => Path.Combine(Repository.Root(), "docs", "PROBLEMS.md");

    /// <summary>Verifies the page, or writes it with the environment variable <c>WRITE_PROBLEMS=1</c>.</summary>
    [Fact]
    public async Task The_page_lists_every_problem()
    {
        var written = WritePage(Declared(), await ReadOperationsAsync());
        if (Environment.GetEnvironmentVariable("WRITE_PROBLEMS") is "1")
        {
            await File.WriteAllTextAsync(Page, written);
        }

        Assert.True(
            written == await File.ReadAllTextAsync(Page),
            "docs/PROBLEMS.md is not what the code declares: set WRITE_PROBLEMS=1, run this test again, and read what changes for clients"
        );
    }

    [Fact]
    public void Every_code_in_the_source_is_declared_by_a_static_field()
    {
        var declared = Declared().Select(one => one.Problem.Code).ToHashSet();
        var named = Directory
            .EnumerateFiles(Path.Combine(Repository.Root(), "SaaS.Core"), "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal))
            .SelectMany(file => Code().Matches(File.ReadAllText(file)))
            .Select(match => match.Groups["code"].Value)
            .ToHashSet();

        Assert.True(named.Count > 50, "the source has hardly any code: has its form changed?");
        Assert.Equal([], named.Except(declared));
    }

    /// <summary>Reads the problems with their capabilities. A problem with details is a BAD_REQUEST that names a field.</summary>
    private static List<(string Capability, Problem Problem)> Declared() =>
        [
            .. CoreCode
                .Types()
                .Where(type =>
                    type.Fields.Any(field =>
                        field.IsStatic && field.FieldType.FullName == typeof(Problem).FullName && !type.HasGenericParameters
                    )
                )
                .SelectMany(type =>
                    typeof(Problem)
                        .Assembly.GetType(type.FullName.Replace('/', '+'), throwOnError: true)!
                        .GetFields(StaticFields)
                        .Where(field => field.FieldType == typeof(Problem))
                        .Select(field => (Capability: CoreCode.CapabilityOf(type)!, Problem: (Problem)field.GetValue(null)!))
                )
                .Where(one => one.Problem.Details is null)
                .DistinctBy(one => (one.Capability, one.Problem.Code, one.Problem.Message)),
        ];

    /// <summary>Reads the id of each operation with the descriptions of its responses, which have a sentence for each problem.</summary>
    private async Task<List<(string Id, string Responses)>> ReadOperationsAsync() =>
        [
            .. (await ApiOperation.ReadAllAsync(app)).Select(operation =>
                (
                    operation.Description.GetProperty("operationId").GetString()!,
                    string.Join('\n', operation.Description.GetProperty("responses").EnumerateObject().Select(Describe))
                )
            ),
        ];

    private static string Describe(JsonProperty response) => response.Value.GetProperty("description").GetString()!;

    private static string WritePage(List<(string Capability, Problem Problem)> problems, List<(string Id, string Responses)> operations)
    {
        var text = new StringBuilder(
            """
            # Problem codes

            Which problems does the API return, and where? `ProblemTableTests` writes this page from the code (`WRITE_PROBLEMS=1`) and fails when it
            is outdated. How a problem looks: [API design](API-DESIGN.md#errors).

            - The title is the code in words: `QUOTA_EXCEEDED` is "Quota exceeded".
            - A number in parentheses is `Retry-After` in seconds.
            - Operations are operation ids of the [OpenAPI document](openapi.json); none are named where more than five have the problem or no
              operation declares it.

            """
        );
        var capabilities = problems.GroupBy(one => one.Capability).OrderBy(one => one.Key, StringComparer.Ordinal).ToList();
        text.Append('\n').AppendJoin(",\n", capabilities.Select(one => $"[{one.Key}](#{Anchor(one.Key)})")).Append('\n');
        foreach (var capability in capabilities)
        {
            text.Append("\n## ").Append(capability.Key).Append("\n\n| problem | description | operations |\n|---|---|---|\n");
            foreach (
                var problem in capability
                    .Select(one => one.Problem)
                    .OrderBy(problem => ProblemResult.GetStatusCode(problem.Kind))
                    .ThenBy(problem => problem.Code, StringComparer.Ordinal)
                    .ThenBy(problem => problem.Message, StringComparer.Ordinal)
            )
            {
                var sentence = new DeclaredProblem(problem).Sentence;
                var ids = operations
                    .Where(operation => operation.Responses.Contains(sentence, StringComparison.Ordinal))
                    .Select(operation => operation.Id)
                    .Order(StringComparer.Ordinal)
                    .ToList();
                var wait = problem.RetryAfter is { } delay ? $" ({delay.TotalSeconds:0})" : "";
                var names = ids.Count is > 0 and <= MaxOperations ? $" {string.Join(", ", ids)}" : "";
                text.Append(
                    CultureInfo.InvariantCulture,
                    $"| {ProblemResult.GetStatusCode(problem.Kind)}{wait} `{problem.Code}` | {problem.Message} |{names} |\n"
                );
            }
        }

        return text.ToString();
    }

    private static string Anchor(string heading) => heading.ToLowerInvariant().Replace(".", "", StringComparison.Ordinal);

    [GeneratedRegex("ProblemKind\\.\\w+,\\s*\"(?<code>[A-Z_]+)\"")]
    private static partial Regex Code();
}
