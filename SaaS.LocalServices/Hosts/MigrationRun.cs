using Microsoft.Extensions.Logging;

namespace SaaS.LocalServices;

/// <summary>The worker's one-shot command that brings every database to the schema of this build.</summary>
internal static class MigrationRun
{
    /// <summary>Returns how long it took; what it printed is shown only when it fails.</summary>
    internal static async Task<TimeSpan> RunAsync(
        IReadOnlyDictionary<string, string?> settings,
        ILogger log,
        TimeProvider clock,
        CancellationToken stopping,
        params IReadOnlyList<string> options)
    {
        var started = clock.GetTimestamp();
        var output = new List<string>();
        using var migration = ChildProcess.Start(HostProject.Worker.Command(["migrate", .. options], settings), line =>
        {
            lock (output)
            {
                output.Add(line);
            }
        });
        try
        {
            if (await migration.Exited.WaitAsync(stopping) is not 0 and var exitCode)
            {
                output.ForEach(line => HostOutput.Log(log, line));
                throw new LocalServiceException($"ended with exit code {exitCode}; what it said is above");
            }

            return clock.GetElapsedTime(started);
        }
        finally
        {
            await migration.StopAsync(clock, hurry: CancellationToken.None);
        }
    }
}
