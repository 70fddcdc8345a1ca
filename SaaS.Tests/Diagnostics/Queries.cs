using System.Text.Json;
using System.Text.RegularExpressions;

namespace SaaS.Tests.Diagnostics;

/// <summary>Reads the Prometheus queries in the files of <c>ops</c>: each metric, with the labels that it is filtered by.</summary>
internal static partial class Queries
{
    // Built into Prometheus, or added by it to everything that it scrapes.
    private static readonly string[] OfPrometheus = ["up", "and", "or", "unless", "on", "ignoring"];
    private static readonly string[] LabelsOfPrometheus = ["job", "instance"];

    public static string Root
    {
        get
        {
            var folder = new DirectoryInfo(AppContext.BaseDirectory);
            while (!File.Exists(Path.Combine(folder.FullName, "SaaS.sln")))
            {
                folder = folder.Parent!;
            }

            return Path.Combine(folder.FullName, "ops");
        }
    }

    private static string RulesText => File.ReadAllText(Path.Combine(Root, "prometheus", "rules.yml"));

    /// <summary>The names of the recording rules.</summary>
    public static IReadOnlyList<string> Recorded => [.. RecordLine().Matches(RulesText).Select(match => match.Groups[1].Value)];

    public static IReadOnlyList<string> Alerts => [.. AlertLine().Matches(RulesText).Select(match => match.Groups[1].Value)];

    public static IReadOnlyList<string> OfRules() => [.. ExpressionLines().Matches(RulesText).Select(match => match.Groups[1].Value)];

    public static IReadOnlyList<string> OfDashboard()
    {
        using var dashboard = JsonDocument.Parse(File.ReadAllText(Path.Combine(Root, "grafana", "saas.json")));
        return
        [
            .. dashboard
                .RootElement.GetProperty("panels")
                .EnumerateArray()
                .SelectMany(panel => panel.GetProperty("targets").EnumerateArray())
                .Select(target => target.GetProperty("expr").GetString()!),
        ];
    }

    /// <summary>Returns the API routes that a query filters by.</summary>
    public static IEnumerable<string> RoutesIn(string query) => Route().Matches(query).Select(match => match.Groups[1].Value);

    public static IEnumerable<(string Name, string[] Labels)> NumbersIn(string query)
    {
        var plain = Text().Replace(query, "\"\"");
        plain = Grouping().Replace(plain, "");
        plain = Range().Replace(plain, "");
        return Number()
            .Matches(plain)
            .Select(match =>
                (
                    Name: match.Groups["name"].Value,
                    Labels: Label()
                        .Matches(match.Groups["labels"].Value)
                        .Select(label => label.Groups[1].Value)
                        .Except(LabelsOfPrometheus)
                        .ToArray()
                )
            )
            .Where(number => !OfPrometheus.Contains(number.Name));
    }

    [GeneratedRegex(@"^\s+(?:- )?record: (\S+)", RegexOptions.Multiline)]
    private static partial Regex RecordLine();

    [GeneratedRegex(@"^\s+(?:- )?alert: (\S+)", RegexOptions.Multiline)]
    private static partial Regex AlertLine();

    [GeneratedRegex(@"^ {8}expr: (?:\|\n)?(.*\n(?: {10,}.*\n)*)", RegexOptions.Multiline)]
    private static partial Regex ExpressionLines();

    [GeneratedRegex("http_route=\"([^\"]*)\"")]
    private static partial Regex Route();

    [GeneratedRegex("\"[^\"]*\"")]
    private static partial Regex Text();

    [GeneratedRegex(@"\b(?:by|without)\s*\([^)]*\)")]
    private static partial Regex Grouping();

    [GeneratedRegex(@"\[[^\]]*\]")]
    private static partial Regex Range();

    // A name that is not called as a function, with the labels in braces after it.
    [GeneratedRegex(@"(?<![\w:.])(?<name>[a-zA-Z_][\w:]*)(?![\w:]|\s*\()(?:\{(?<labels>[^}]*)\})?")]
    private static partial Regex Number();

    [GeneratedRegex(@"(\w+)\s*(?:=|!)")]
    private static partial Regex Label();
}
