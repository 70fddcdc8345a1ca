using System.Diagnostics;
using System.Text.RegularExpressions;
using SaaS.LocalServices;

namespace SaaS.Tests.Documentation;

/// <summary>What a page says to paste: its blocks with curl, which share one shell from the first to the last, as a reader's terminal does.</summary>
/// <param name="Page">The page, seen from the top of the repository.</param>
/// <param name="Script">The blocks, in the page's order.</param>
internal sealed partial record DocumentedCurl(string Page, string Script)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    // A curl that is refused, and a cmp that finds a difference, are told wherever they stand: behind && or in a pipe, bash alone would go on.
    private const string Shell = """
        set -euo pipefail
        watched() { echo "$*" >> ran; command "$@" || { echo "$*" >> failed; return 1; }; }
        curl() { watched curl --fail-with-body --max-time 60 "$@"; }
        cmp() { watched cmp "$@"; }

        """;

    /// <summary>How many commands it has that are watched.</summary>
    public int Commands => Command().Count(Script);

    /// <summary>Every page that says to paste some.</summary>
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

    /// <param name="replaced">What stands otherwise on the page: addresses of the system, and of people.</param>
    /// <param name="environment">What the page says is exported.</param>
    /// <returns>What went wrong, with everything that was said; null when all went well.</returns>
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
        using var patience = new CancellationTokenSource(Patience);
        var said = await Task.WhenAll(
            bash.StandardOutput.ReadToEndAsync(patience.Token),
            bash.StandardError.ReadToEndAsync(patience.Token)
        );
        await bash.WaitForExitAsync(patience.Token);

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
