using System.Diagnostics;
using System.Text.RegularExpressions;
using SaaS.LocalServices;

namespace SaaS.Tests.Documentation;

/// <summary>The shell blocks with curl of a page, which share one shell from the first to the last, as in a reader's terminal.</summary>
/// <param name="Page">The path of the page from the root of the repository.</param>
/// <param name="Script">The blocks, in the order of the page.</param>
internal sealed partial record DocumentedCurl(string Page, string Script)
{
    private static readonly TimeSpan Timeout = TimeSpan.FromMinutes(3);

    // A rejected curl and a cmp that finds a difference are reported wherever they occur: behind && or in a pipe, bash alone would
    // continue.
    private const string Shell = """
        set -euo pipefail
        watched() { echo "$*" >> ran; command "$@" || { echo "$*" >> failed; return 1; }; }
        curl() { watched curl --fail-with-body --max-time 60 "$@"; }
        cmp() { watched cmp "$@"; }

        """;

    /// <summary>The number of monitored commands.</summary>
    public int Commands => Command().Count(Script);

    /// <summary>Reads every page that has such blocks.</summary>
    public static IReadOnlyList<DocumentedCurl> All()
    {
        var root = Repository.Root();
        return
        [
            .. Directory
                .EnumerateFiles(root, "*.md")
                .Concat(Directory.EnumerateFiles(Path.Combine(root, "docs"), "*.md", SearchOption.AllDirectories))
                .Select(file => new DocumentedCurl(Path.GetRelativePath(root, file), ReadScript(File.ReadAllText(file))))
                .Where(page => page.Script.Length > 0),
        ];
    }

    /// <param name="replaced">Replacements for text of the page: addresses of the system, and email addresses.</param>
    /// <param name="environment">The variables that the page tells the reader to export.</param>
    /// <returns>A description of the failure, with the complete output; null on success.</returns>
    public async Task<string?> RunAsync(IReadOnlyDictionary<string, string> replaced, IReadOnlyDictionary<string, string> environment)
    {
        var folder = Directory.CreateTempSubdirectory("saas-curl-").FullName;
        await File.WriteAllTextAsync(
            Path.Combine(folder, "page.sh"),
            Shell + replaced.Aggregate(Script, (script, pair) => script.Replace(pair.Key, pair.Value, StringComparison.Ordinal))
        );
        using var bash = new Process
        {
            StartInfo = new ProcessStartInfo("bash", ["page.sh"])
            {
                WorkingDirectory = folder,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            },
        };
        foreach (var (name, value) in environment)
        {
            bash.StartInfo.Environment[name] = value;
        }

        bash.Start();
        using var timeout = new CancellationTokenSource(Timeout);
        var said = await Task.WhenAll(bash.StandardOutput.ReadToEndAsync(timeout.Token), bash.StandardError.ReadToEndAsync(timeout.Token));
        await bash.WaitForExitAsync(timeout.Token);

        var (ran, failed) = (await ReadLinesAsync(folder, "ran"), await ReadLinesAsync(folder, "failed"));
        Directory.Delete(folder, recursive: true);
        return bash.ExitCode == 0 && failed.Length == 0 && ran.Length >= Commands
            ? null
            : $"{Page}: bash ended with {bash.ExitCode} after {ran.Length} of {Commands} commands; failed: {string.Join(" and ", failed)}\n{string.Join('\n', said)}";
    }

    private static async Task<string[]> ReadLinesAsync(string folder, string name) =>
        Path.Combine(folder, name) is var file && File.Exists(file) ? await File.ReadAllLinesAsync(file) : [];

    private static string ReadScript(string page) =>
        string.Join(
            '\n',
            Block()
                .Matches(page)
                .Select(block => block.Groups["script"].Value)
                .Where(script => script.Contains("curl ", StringComparison.Ordinal))
        );

    [GeneratedRegex(@"^```bash\n(?<script>.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();

    [GeneratedRegex(@"(?<=^[^#\n]*)\b(curl|cmp) ", RegexOptions.Multiline)]
    private static partial Regex Command();
}
