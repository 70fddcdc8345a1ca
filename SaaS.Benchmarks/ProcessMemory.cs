using System.Globalization;

namespace SaaS.Benchmarks;

/// <summary>What memory a process has, as Linux counts it; 0 where the machine does not tell.</summary>
internal static class ProcessMemory
{
    /// <summary>The host that was told to listen there; 0 if there is none.</summary>
    internal static int HostAt(string address)
    {
        var told = $"ASPNETCORE_URLS={address}";
        return Directory.EnumerateDirectories("/proc")
            .Select(folder => int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : 0)
            .FirstOrDefault(id => id != 0 && EnvironmentOf(id).Contains(told));
    }

    private static string[] EnvironmentOf(int process)
    {
        try
        {
            return File.ReadAllText($"/proc/{process.ToString(CultureInfo.InvariantCulture)}/environ").Split('\0');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return []; // it has ended meanwhile, or is somebody else's
        }
    }

    internal static double ResidentKibibytes(int process) => StatusOf(process, "VmRSS:");

    /// <summary>The most since <see cref="ForgetPeak"/>.</summary>
    internal static double PeakKibibytes(int process) => StatusOf(process, "VmHWM:");

    internal static void ForgetPeak(int process) => File.WriteAllText($"/proc/{process.ToString(CultureInfo.InvariantCulture)}/clear_refs", "5");

    private static double StatusOf(int process, string name) =>
        // "VmRSS:     123456 kB"
        double.Parse(
            File.ReadLines($"/proc/{process.ToString(CultureInfo.InvariantCulture)}/status").Single(line => line.StartsWith(name, StringComparison.Ordinal)).Split(['\t', ' '], StringSplitOptions.RemoveEmptyEntries)[1],
            CultureInfo.InvariantCulture);

    internal static double PrivateKibibytes(int process) =>
        SumOf(process, line => line.StartsWith("Private_", StringComparison.Ordinal) && !line.Contains("Hugetlb", StringComparison.Ordinal));

    /// <summary>Its own pages, and its part of those that several processes share, such as the runtime's libraries.</summary>
    internal static double ProportionalKibibytes(int process) => SumOf(process, line => line.StartsWith("Pss:", StringComparison.Ordinal));

    private static double SumOf(int process, Func<string, bool> isWanted)
    {
        var rollup = $"/proc/{process.ToString(CultureInfo.InvariantCulture)}/smaps_rollup";
        try
        {
            // "Private_Clean:      1234 kB"
            return File.ReadLines(rollup)
                .Where(isWanted)
                .Sum(line => double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture));
        }
        catch (IOException)
        {
            return 0; // it has ended meanwhile, or this is no Linux
        }
    }
}
