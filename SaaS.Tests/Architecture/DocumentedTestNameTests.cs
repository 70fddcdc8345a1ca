using System.Reflection;
using System.Text.RegularExpressions;
using SaaS.LocalServices;

namespace SaaS.Tests.Architecture;

/// <summary>Tests that each test that the documents name exists.</summary>
public sealed partial class DocumentedTestNameTests
{
    private const int RequirementsOfLevelsOneAndTwo = 253; // ASVS 5.0.0: 70 of level 1, 183 of level 2

    [Theory]
    [InlineData("ASVS.md")]
    [InlineData("RELIABILITY.md")]
    [InlineData("DATA.md")]
    public async Task Every_test_named_in_a_document_exists(string document)
    {
        var named = TestName().Matches(await ReadAsync(document)).Select(match => match.Value).Distinct().ToList();
        var tests = typeof(DocumentedTestNameTests)
            .Assembly.GetTypes()
            .SelectMany(type =>
                type.GetMethods()
                    .Where(method => method.GetCustomAttributes().Any(attribute => attribute is FactAttribute))
                    .Select(method => $"{type.Name}.{method.Name}")
            )
            .ToHashSet();

        Assert.True(named.Count >= 5, $"{document} names hardly a test: has its form changed?");
        Assert.Equal([], named.Where(name => !tests.Contains(name)));
    }

    [Fact]
    public async Task Each_ASVS_requirement_is_listed_once_with_a_test_or_a_reason()
    {
        var rows = Requirement().Matches(await ReadAsync("ASVS.md"));
        Assert.Equal(RequirementsOfLevelsOneAndTwo, rows.Select(row => row.Groups["id"].Value).Distinct().Count());
        Assert.Equal(RequirementsOfLevelsOneAndTwo, rows.Count);

        Assert.All(
            rows,
            row =>
                Assert.True(
                    row.Groups["state"].Success ? row.Groups["why"].Value.Trim().Length > 0 : TestName().IsMatch(row.Groups["why"].Value),
                    $"{row.Groups["id"].Value} names no test and does not say why"
                )
        );
    }

    private static Task<string> ReadAsync(string document) => File.ReadAllTextAsync(Path.Combine(Repository.Root(), "docs", document));

    [GeneratedRegex(@"\b[A-Z]\w+Tests\.[A-Z]\w+")]
    private static partial Regex TestName();

    [GeneratedRegex(@"^- (?<id>V\d+\.\d+\.\d+) [^\n]+?(?<state>, \*\*(n/a|open)\*\*)?: (?<why>.*)$", RegexOptions.Multiline)]
    private static partial Regex Requirement();
}
