using System.Globalization;

namespace SaaS.Benchmarks;

/// <summary>Processor time that was used up to now, by everybody and by this program with all that it started.</summary>
internal sealed record MachineUse(long Busy, long All, long Ours)
{
    private const string Total = "/proc/stat";
    private const double TicksPerSecond = 100; // USER_HZ, what the kernel tells programs in, whatever it counts in itself

    /// <summary>Null where the machine does not tell: only Linux does.</summary>
    internal static MachineUse? Read()
    {
        if (!File.Exists(Total))
        {
            return null;
        }

        // "cpu  user nice system idle iowait irq softirq steal guest guest_nice": the guests are in user and nice already.
        var ticks = File.ReadLines(Total).First().Split(' ', StringSplitOptions.RemoveEmptyEntries)[1..9].Select(Number).ToList();
        return new MachineUse(ticks.Sum() - ticks[3] - ticks[4], ticks.Sum(), OfTree());
    }

    /// <summary>The share of the whole machine that somebody else had meanwhile.</summary>
    internal double OthersSince(MachineUse before) =>
        Math.Max(0, (double)(Busy - before.Busy - (Ours - before.Ours)) / Math.Max(1, All - before.All));

    /// <summary>What this program and all that it started have used meanwhile.</summary>
    internal double ProcessorSecondsSince(MachineUse before) => (Ours - before.Ours) / TicksPerSecond;

    /// <summary>What one process has used; 0 where the machine does not tell.</summary>
    internal static double ProcessorSecondsOf(int process) =>
        (Fields($"/proc/{process.ToString(CultureInfo.InvariantCulture)}")?.Own ?? 0) / TicksPerSecond;

    private static long OfTree()
    {
        var processes = Directory.EnumerateDirectories("/proc").Select(Fields).OfType<Process>().ToDictionary(process => process.Id);
        return processes.Values.Where(IsOurs).Sum(process => process.Ticks);

        bool IsOurs(Process process) =>
            process.Id == Environment.ProcessId || (processes.TryGetValue(process.Parent, out var parent) && IsOurs(parent));
    }

    // "4711 (name) S parent …": behind the name, the ticks of the process and of its children that have ended are the 12th to 15th field.
    private static Process? Fields(string folder)
    {
        try
        {
            var stat = int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? File.ReadAllText(Path.Combine(folder, "stat")) : "";
            var fields = stat[(stat.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            return fields.Length > 14 ? new Process(id, (int)Number(fields[1]), fields[11..15].Sum(Number), fields[11..13].Sum(Number)) : null;
        }
        catch (IOException)
        {
            return null; // it has ended meanwhile
        }
    }

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);

    private sealed record Process(int Id, int Parent, long Ticks, long Own);
}
