using System.Globalization;

namespace SaaS.Benchmarks;

/// <summary>CPU time used so far, by all processes and by this process with its children.</summary>
internal sealed record CpuUsage(long Busy, long All, long Ours)
{
    private const string Total = "/proc/stat";
    private const double TicksPerSecond = 100; // USER_HZ, the unit of /proc

    /// <summary>Reads the CPU time; null on other systems than Linux.</summary>
    internal static CpuUsage? Read()
    {
        if (!File.Exists(Total))
        {
            return null;
        }

        // "cpu  user nice system idle iowait irq softirq steal guest guest_nice": user and nice include guest time.
        var ticks = File.ReadLines(Total).First().Split(' ', StringSplitOptions.RemoveEmptyEntries)[1..9].Select(Number).ToList();
        return new CpuUsage(ticks.Sum() - ticks[3] - ticks[4], ticks.Sum(), ReadOwnTicks());
    }

    /// <summary>Returns the share of the machine's CPU time that other programs used since then.</summary>
    internal double OthersSince(CpuUsage before) =>
        Math.Max(0, (double)(Busy - before.Busy - (Ours - before.Ours)) / Math.Max(1, All - before.All));

    /// <summary>Returns the CPU time that this process and its children used since then.</summary>
    internal double ProcessorSecondsSince(CpuUsage before) => (Ours - before.Ours) / TicksPerSecond;

    /// <summary>Returns the CPU time of a process; 0 when unknown.</summary>
    internal static double GetProcessorSeconds(int process) =>
        (ReadProcess($"/proc/{process.ToString(CultureInfo.InvariantCulture)}")?.Own ?? 0) / TicksPerSecond;

    private static long ReadOwnTicks()
    {
        var processes = Directory.EnumerateDirectories("/proc").Select(ReadProcess).OfType<Process>().ToDictionary(process => process.Id);
        return processes.Values.Where(IsOurs).Sum(process => process.Ticks);

        bool IsOurs(Process process) =>
            process.Id == Environment.ProcessId || (processes.TryGetValue(process.Parent, out var parent) && IsOurs(parent));
    }

    // "4711 (name) S parent …": fields 12 to 15 after the name are the ticks of the process and of its ended children.
    private static Process? ReadProcess(string folder)
    {
        try
        {
            var stat = int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var id)
                ? File.ReadAllText(Path.Combine(folder, "stat"))
                : "";
            var fields = stat[(stat.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            return fields.Length > 14
                ? new Process(id, (int)Number(fields[1]), fields[11..15].Sum(Number), fields[11..13].Sum(Number))
                : null;
        }
        catch (IOException)
        {
            return null; // the process has ended
        }
    }

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);

    private sealed record Process(int Id, int Parent, long Ticks, long Own);
}
