using System.Text.RegularExpressions;

namespace SaaS.AppHost.Lifecycle;

/// <summary>Reports failed resources on the console.</summary>
internal sealed partial class ConsoleReport(ResourceLoggerService logs)
{
    private const int MaxLines = 12;

    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(3);

    public static void Write(string sentence) => Console.Error.WriteLine(sentence);

    /// <summary>Returns the last log lines of a resource, indented, without stack frames, colors and Aspire's wait messages.</summary>
    public async Task<string> GetLastLinesAsync(string resourceId, CancellationToken ct)
    {
        List<string> lines = [];
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(ct);
        timeout.CancelAfter(Timeout);
        try
        {
            await foreach (var batch in logs.GetAllAsync(resourceId).WithCancellation(timeout.Token))
            {
                lines.AddRange(batch.Select(line => Colour().Replace(WithoutTimestamp(line.Content), "")));
            }
        }
        catch (Exception e)
            when (!ct.IsCancellationRequested
                && e is OperationCanceledException or HttpRequestException or IOException or InvalidOperationException
            )
        {
            // The report matters more than the missing lines.
        }

        return string.Concat(
            lines
                .Where(line => !line.TrimStart().StartsWith("at ", StringComparison.Ordinal) && !WaitMessage().IsMatch(line))
                .TakeLast(MaxLines)
                .Select(line => $"{Environment.NewLine}  {line}")
        );
    }

    [GeneratedRegex(@"\e\[[0-9;]*m")]
    private static partial Regex Colour();

    // "Waiting for resource 'postgres' to enter the 'Running' state.", "Finished waiting for resource 'postgres'."
    [GeneratedRegex("^(Waiting for|Finished waiting for) resource ")]
    private static partial Regex WaitMessage();

    // "2026-11-30T07:22:22.1234567Z warn: SaaS.Core…"
    private static string WithoutTimestamp(string line) =>
        line.IndexOf(' ', StringComparison.Ordinal) is > 0 and var end
        && DateTimeOffset.TryParse(line.AsSpan(0, end), System.Globalization.CultureInfo.InvariantCulture, out _)
            ? line[(end + 1)..]
            : line;
}
