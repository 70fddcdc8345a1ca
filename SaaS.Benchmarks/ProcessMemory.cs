using System.Globalization;

namespace SaaS.Benchmarks;

/// <summary>Reads the memory use of processes on Linux; 0 when unknown.</summary>
internal static class ProcessMemory
{
    /// <summary>Returns the process id of the host with this address; 0 when there is none.</summary>
    internal static int FindHost(string address)
    {
        var told = $"ASPNETCORE_URLS={address}";
        return Directory
            .EnumerateDirectories("/proc")
            .Select(folder => int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : 0)
            .FirstOrDefault(id => id != 0 && ReadEnvironment(id).Contains(told));
    }

    private static string[] ReadEnvironment(int process)
    {
        try
        {
            return File.ReadAllText($"/proc/{process.ToString(CultureInfo.InvariantCulture)}/environ").Split('\0');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return []; // the process has ended or belongs to another user
        }
    }

    internal static double ResidentKibibytes(int process) => ReadStatus(process, "VmRSS:");

    /// <summary>Returns the peak resident memory since <see cref="ResetPeak"/>.</summary>
    internal static double PeakKibibytes(int process) => ReadStatus(process, "VmHWM:");

    internal static void ResetPeak(int process) =>
        File.WriteAllText($"/proc/{process.ToString(CultureInfo.InvariantCulture)}/clear_refs", "5");

    private static double ReadStatus(int process, string name) =>
        // "VmRSS:     123456 kB"
        double.Parse(
            File.ReadLines($"/proc/{process.ToString(CultureInfo.InvariantCulture)}/status")
                .Single(line => line.StartsWith(name, StringComparison.Ordinal))
                .Split(['\t', ' '], StringSplitOptions.RemoveEmptyEntries)[1],
            CultureInfo.InvariantCulture
        );

    internal static double PrivateKibibytes(int process) =>
        SumSmaps(
            process,
            line => line.StartsWith("Private_", StringComparison.Ordinal) && !line.Contains("Hugetlb", StringComparison.Ordinal)
        );

    /// <summary>Returns the proportional set size: private pages, and shared pages divided by the number of processes.</summary>
    internal static double ProportionalKibibytes(int process) =>
        SumSmaps(process, line => line.StartsWith("Pss:", StringComparison.Ordinal));

    private static double SumSmaps(int process, Func<string, bool> isWanted)
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
            return 0; // the process has ended, or this is not Linux
        }
    }
}
