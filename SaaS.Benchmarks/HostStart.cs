using System.Diagnostics;
using SaaS.LocalServices;

namespace SaaS.Benchmarks;

/// <summary>The start time of a host, with running backing services and migrated databases.</summary>
internal static class HostStart
{
    private const double MaxSeconds = 2;

    internal static readonly Figure OfApi = Create("api", HostProject.Api);

    internal static readonly Figure OfWorker = Create("worker", HostProject.Worker);

    internal static readonly Figure OfScheduler = Create("scheduler", HostProject.Scheduler);

    private static Figure Create(string name, HostProject project) =>
        new(
            $"start-{name}",
            $"from the start of the {name} until it is ready ÷ the same of a bare endpoint",
            "s",
            Goal.OursBelow(MaxSeconds, "s"),
            (system, ct) =>
                Rounds.InterleaveAsync(
                    ours: it => SecondsAsync(() => system.StartHostAsync(project, name, it)),
                    anchor: it => SecondsAsync(() => system.StartRoleAsync(BareEndpoint.Role, [], it)),
                    system,
                    ct
                )
        );

    private static async Task<double> SecondsAsync(Func<Task<HostProcess>> start)
    {
        var began = Stopwatch.GetTimestamp();
        await using var host = await start();
        return Stopwatch.GetElapsedTime(began).TotalSeconds;
    }
}
