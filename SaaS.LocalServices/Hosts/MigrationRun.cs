using Microsoft.Extensions.Logging;

namespace SaaS.LocalServices;

/// <summary>Runs the worker's <c>migrate</c> command, which migrates every database to the schema of this build.</summary>
internal static class MigrationRun
{
    /// <summary>Runs the migration and returns its duration; logs its output only when it fails.</summary>
    internal static async Task<TimeSpan> RunAsync(
        IReadOnlyDictionary<string, string?> settings,
        ILogger log,
        TimeProvider clock,
        CancellationToken stopping,
        params IReadOnlyList<string> options
    )
    {
        var started = clock.GetTimestamp();
        var output = new List<string>();
        using var migration = ChildProcess.Start(
            HostProject.Worker.Command(["migrate", .. options], settings),
            line =>
            {
                lock (output)
                {
                    output.Add(line);
                }
            }
        );
        try
        {
            if (await migration.Exited.WaitAsync(stopping) is not 0 and var exitCode)
            {
                output.ForEach(line => HostOutput.Log(log, line));
                throw new LocalServiceException($"ended with exit code {exitCode}; its output is above");
            }

            return clock.GetElapsedTime(started);
        }
        finally
        {
            await migration.StopAsync(clock, skipWait: CancellationToken.None);
        }
    }
}
