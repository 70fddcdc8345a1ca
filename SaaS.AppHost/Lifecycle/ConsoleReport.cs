namespace SaaS.AppHost.Lifecycle;

/// <summary>Prints to the console what a person has to know of a resource that failed.</summary>
internal sealed class ConsoleReport(ResourceLoggerService logs)
{
    private const int Lines = 12;

    /// <summary>Prints one sentence on the error output.</summary>
    public static void Write(string sentence) => Console.Error.WriteLine(sentence);

    /// <summary>Returns the last lines that a resource printed, each indented.</summary>
    public async Task<string> LastLinesAsync(string resourceId, CancellationToken ct)
    {
        List<string> lines = [];
        await foreach (var batch in logs.GetAllAsync(resourceId).WithCancellation(ct))
        {
            lines.AddRange(batch.Select(line => WithoutTimestamp(line.Content)));
        }

        return string.Concat(lines.TakeLast(Lines).Select(line => $"{Environment.NewLine}  {line}"));
    }

    // "2026-11-30T07:22:22.1234567Z warn: SaaS.Core…"
    private static string WithoutTimestamp(string line) =>
        line.IndexOf(' ', StringComparison.Ordinal) is > 0 and var end
            && DateTimeOffset.TryParse(line.AsSpan(0, end), System.Globalization.CultureInfo.InvariantCulture, out _)
            ? line[(end + 1)..]
            : line;
}
