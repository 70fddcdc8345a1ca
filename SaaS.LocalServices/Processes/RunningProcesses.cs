using System.Diagnostics;
using System.Globalization;

namespace SaaS.LocalServices;

/// <summary>The processes of this machine.</summary>
internal static class RunningProcesses
{
    internal static bool Contains(string processId)
    {
        try
        {
            using var process = Process.GetProcessById(int.Parse(processId, CultureInfo.InvariantCulture));
            return true;
        }
        catch (Exception gone) when (gone is ArgumentException or FormatException)
        {
            return false;
        }
    }
}
