namespace SaaS.Infrastructure.Settings;

/// <summary>
/// Parses a file of <c>NAME=value</c> lines as shells and containers do: <c>#</c> begins a comment line, and quotes around a value are
/// removed.
/// </summary>
public static class EnvironmentFile
{
    public static IReadOnlyDictionary<string, string> Parse(string text)
    {
        var values = new Dictionary<string, string>();
        foreach (var line in text.Split('\n', StringSplitOptions.TrimEntries).Where(line => line is not ['#', ..]))
        {
            var assignment = line.StartsWith("export ", StringComparison.Ordinal) ? line["export ".Length..] : line;
            if (assignment.Split('=', 2) is [{ Length: > 0 } name, var value])
            {
                values[name.Trim()] = Unquoted(value.Trim());
            }
        }

        return values;
    }

    private static string Unquoted(string value) =>
        value switch
        {
            ['"', .. var inner, '"'] => inner,
            ['\'', .. var inner, '\''] => inner,
            _ => value,
        };
}
