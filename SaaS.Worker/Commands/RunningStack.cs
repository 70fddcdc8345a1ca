using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace SaaS.Worker.Commands;

/// <summary>Thrown when there is no stack to work on, with a message for the operator.</summary>
internal sealed class RunningStackException(string message) : Exception(message);

/// <summary>
/// A stack that the AppHost has started. While it runs, its settings are in its data folder, which SaaS.LocalServices (RunningStacks) lists
/// among the user's running stacks.
/// </summary>
internal sealed record RunningStack(string DataFolder, IReadOnlyDictionary<string, string?> Settings)
{
    private const string SettingsFile = "hosts.json";

    // The folder may not exist yet.
    private static string Registry =>
        Path.Combine(
            Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify)
                is { Length: > 0 } folder
                ? folder
                : Path.GetTempPath(),
            "saas-platform",
            "running"
        );

    /// <param name="dataFolder">The folder given by the operator; null finds the only running stack.</param>
    /// <exception cref="RunningStackException">None is found, or more than one.</exception>
    public static RunningStack Find(string? dataFolder)
    {
        if (dataFolder is not null)
        {
            return Load(Path.GetFullPath(dataFolder))
                ?? throw new RunningStackException(
                    $"No stack is ready in {Path.GetFullPath(dataFolder)}: "
                        + $"start one with dotnet run --project SaaS.AppHost -- --data {dataFolder}"
                );
        }

        var stacks = RunningFolders().Select(Load).OfType<RunningStack>().ToList();
        return stacks switch
        {
            [var stack] => stack,
            [] => throw new RunningStackException(
                "No stack is ready: start one with dotnet run --project SaaS.AppHost, "
                    + "or configure the command as the hosts are (docs/CONFIGURATION.md)."
            ),
            _ => throw new RunningStackException(
                $"{stacks.Count} stacks are running: "
                    + $"choose one with --data {string.Join(" or --data ", stacks.Select(stack => stack.DataFolder))}"
            ),
        };
    }

    private static IEnumerable<string> RunningFolders() =>
        Directory.Exists(Registry)
            ? Directory.EnumerateFiles(Registry).Where(file => IsRunning(Path.GetFileName(file))).Select(File.ReadAllText)
            : [];

    private static RunningStack? Load(string folder)
    {
        var file = Path.Combine(folder, SettingsFile);
        try
        {
            return File.Exists(file)
                ? new RunningStack(folder, JsonSerializer.Deserialize<Dictionary<string, string?>>(File.ReadAllText(file)) ?? [])
                : null;
        }
        catch (UnauthorizedAccessException)
        {
            throw new RunningStackException($"The stack in {folder} belongs to another user.");
        }
    }

    private static bool IsRunning(string processId)
    {
        try
        {
            using var process = Process.GetProcessById(int.Parse(processId, CultureInfo.InvariantCulture));
            return true;
        }
        catch (Exception gone) when (gone is ArgumentException or FormatException)
        {
            return false;
        }
    }
}
