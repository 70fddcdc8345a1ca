using System.Diagnostics;
using System.Globalization;

namespace SaaS.LocalServices;

/// <summary>The running processes of this machine.</summary>
internal static class RunningProcesses
{
    internal static bool Contains(string processId) => int.TryParse(processId, CultureInfo.InvariantCulture, out var id) && Contains(id);

    internal static bool Contains(int processId)
    {
        try
        {
            using var process = Process.GetProcessById(processId);
            return true;
        }
        catch (ArgumentException)
        {
            return false; // the process has ended
        }
    }
}
