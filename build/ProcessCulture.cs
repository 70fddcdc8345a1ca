using System.Globalization;
using System.Runtime.CompilerServices;

namespace SaaS;

/// <summary>Pins the culture of the process before its first line runs, and refuses to run without the Unicode data of ICU.</summary>
internal static class ProcessCulture
{
    [ModuleInitializer]
    internal static void Pin()
    {
        CultureInfo.DefaultThreadCurrentCulture = CultureInfo.DefaultThreadCurrentUICulture = CultureInfo.InvariantCulture;
        CultureInfo.CurrentCulture = CultureInfo.CurrentUICulture = CultureInfo.InvariantCulture;

        // In the runtime's invariant mode this is a silent no-op, and one mailbox could have two accounts.
        if (!"e\u0301".Normalize().Equals("\u00e9", StringComparison.Ordinal))
        {
            Console.Error.WriteLine("ICU is switched off: System.Globalization.Invariant must be false, and libicu must be installed (docs/DEPLOYMENT.md).");
            Environment.Exit(1);
        }
    }
}
