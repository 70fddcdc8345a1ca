using System.Globalization;
using System.Runtime.InteropServices;

namespace SaaS.Benchmarks;

/// <summary>Describes the machine that the figures were measured on.</summary>
internal static class Machine
{
    private const string ProcessorsFile = "/proc/cpuinfo";
    private const string LoadFile = "/proc/loadavg";

    internal static string Describe(string postgresVersion) =>
        string.Join(
            ", ",
            new[]
            {
                string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessorCount} cores{Model()}"),
                $"{RuntimeInformation.OSDescription} {RuntimeInformation.OSArchitecture}",
                RuntimeInformation.FrameworkDescription,
                $"PostgreSQL {postgresVersion}",
            }
        );

    /// <summary>Returns the load average of the last minute; null when unknown.</summary>
    internal static string? Load() => File.Exists(LoadFile) ? File.ReadAllText(LoadFile).Split(' ')[0] : null;

    // "model name	: AMD EPYC"
    private static string Model() =>
        File.Exists(ProcessorsFile)
        && File.ReadLines(ProcessorsFile).FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal)) is { } model
            ? $" ({model.Split(':', 2)[1].Trim()})"
            : "";
}
