using System.Globalization;
using SaaS.LocalServices;

namespace SaaS.Benchmarks;

/// <summary>Memory and CPU time of the idle stack, with its jobs, relay polls and health probes.</summary>
internal static class Idle
{
    private const double MemoryLimit = 150;
    private const double ProcessorLimit = 2;
    private const double Mebi = 1024;

    private static readonly TimeSpan WarmUp = TimeSpan.FromMinutes(4); // until tiered compilation has finished

    // Compilation comes in bursts, so single minutes differ by a factor of two.
    private static readonly TimeSpan Duration = TimeSpan.FromMinutes(5);

    internal static readonly Figure Memory = new(
        "idle-memory",
        "memory of the largest of API, worker and scheduler, idle, shared pages by share ÷ a bare endpoint's",
        "MiB",
        Goal.OursBelow(MemoryLimit, "MiB"),
        MeasureMemoryAsync
    );

    internal static readonly Figure Processor = new(
        "idle-processor",
        "of one core, what PostgreSQL, Redis, API, worker and scheduler take together, idle ÷ what they may",
        "%",
        Goal.OursBelow(ProcessorLimit, "%"),
        MeasureProcessorAsync
    );

    private static async Task<Measured> MeasureMemoryAsync(SystemUnderMeasurement system, CancellationToken ct)
    {
        await using var worker = await system.StartHostAsync(HostProject.Worker, "worker", ct);
        await using var scheduler = await system.StartHostAsync(HostProject.Scheduler, "scheduler", ct);
        await using var bare = await system.StartRoleAsync(BareEndpoint.Role, [], ct);
        await MinimalHost.PrepareAsync(system, ct);
        await using var least = await system.StartRoleAsync(MinimalHost.Role, MinimalHost.Settings, ct);
        await Task.Delay(WarmUp, SystemUnderMeasurement.Clock, ct);

        var hosts = new Dictionary<string, HostProcess>
        {
            ["API"] = system.ApiProcess,
            ["worker"] = worker,
            ["scheduler"] = scheduler,
        };
        foreach (var (name, host) in hosts.Append(KeyValuePair.Create("the least host with the same libraries", least)))
        {
            var process = ProcessMemory.FindHost(host.Address);
            await system.Progress.WriteLineAsync(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"  {name}: {Mebibytes(host):0} MiB; {ProcessMemory.PrivateKibibytes(process) / Mebi:0} private, {ProcessMemory.ResidentKibibytes(process) / Mebi:0} resident"
                )
            );
        }

        return new Measured([new Round(hosts.Values.Max(Mebibytes), Mebibytes(bare), Others: 0)]);
    }

    private static async Task<Measured> MeasureProcessorAsync(SystemUnderMeasurement system, CancellationToken ct)
    {
        await using var worker = await system.StartHostAsync(HostProject.Worker, "worker", ct);
        await using var scheduler = await system.StartHostAsync(HostProject.Scheduler, "scheduler", ct);
        await Task.Delay(WarmUp, SystemUnderMeasurement.Clock, ct);

        var (before, began) = (CpuUsage.Read(), SystemUnderMeasurement.Clock.GetTimestamp());
        await Task.Delay(Duration, SystemUnderMeasurement.Clock, ct);
        var took = SystemUnderMeasurement.Clock.GetElapsedTime(began);
        var (used, others) =
            before is not null && CpuUsage.Read() is { } after ? (after.ProcessorSecondsSince(before), after.OthersSince(before)) : (0, 0);
        return new Measured([new Round(100 * used / took.TotalSeconds, ProcessorLimit, others)]);
    }

    private static double Mebibytes(HostProcess host) => ProcessMemory.ProportionalKibibytes(ProcessMemory.FindHost(host.Address)) / Mebi;
}
