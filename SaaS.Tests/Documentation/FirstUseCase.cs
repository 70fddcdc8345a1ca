using System.Text.RegularExpressions;
using SaaS.LocalServices;

namespace SaaS.Tests.Documentation;

/// <summary>A step of docs/FIRST-USE-CASE.md: a new file, or lines beside a line of an existing file.</summary>
/// <param name="Path">The path from the root of the repository.</param>
/// <param name="Anchor">The existing line, without its indentation, or its beginning and an ellipsis; null for a new file.</param>
/// <param name="IsAbove">True if the new lines come before the existing one.</param>
/// <param name="Text">The new lines.</param>
internal sealed partial record FirstUseCase(string Path, string? Anchor, bool IsAbove, string Text)
{
    public static IReadOnlyList<FirstUseCase> Read(string root) =>
        [
            .. Step()
                .Matches(File.ReadAllText(System.IO.Path.Combine(root, "docs", "FIRST-USE-CASE.md")))
                .Select(step => new FirstUseCase(
                    step.Groups["path"].Value,
                    step.Groups["anchor"] is { Success: true } anchor ? anchor.Value : null,
                    step.Groups["side"].Value is "above",
                    step.Groups["text"].Value
                )),
        ];

    public static IReadOnlyList<FirstUseCase> Read() => Read(Repository.Root());

    /// <returns>The reason why the step cannot be followed in this repository; null if it can.</returns>
    public string? Check(string root)
    {
        var file = System.IO.Path.Combine(root, Path);
        if (Anchor is null)
        {
            return File.Exists(file) ? $"{Path} exists" : null;
        }

        var anchors = File.Exists(file) ? File.ReadLines(file).Count(IsAnchor) : 0;
        return anchors == 1 ? null : $"{Path} has {anchors} lines '{Anchor}'";
    }

    public async Task ApplyAsync(string root)
    {
        var file = System.IO.Path.Combine(root, Path);
        if (Anchor is null)
        {
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(file)!);
            await File.WriteAllTextAsync(file, Text);
            return;
        }

        var lines = (await File.ReadAllLinesAsync(file)).ToList();
        lines.Insert(lines.FindIndex(IsAnchor) + (IsAbove ? 0 : 1), Text[..^1]); // without the line break before the fence
        await File.WriteAllTextAsync(file, string.Join('\n', lines) + '\n');
    }

    private bool IsAnchor(string line) =>
        Anchor!.EndsWith('…') ? line.Trim().StartsWith(Anchor[..^1], StringComparison.Ordinal) : line.Trim() == Anchor;

    [GeneratedRegex(
        @"^(?:Create|In) `(?<path>[^`\n]+)`(?:, (?<side>above|below) (?<mark>`+) ?(?<anchor>[^\n]+?) ?\k<mark>, add)?:\n\n```\w+\n(?<text>.*?)^```$",
        RegexOptions.Multiline | RegexOptions.Singleline
    )]
    private static partial Regex Step();
}
