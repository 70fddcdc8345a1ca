using System.Globalization;
using System.Runtime.CompilerServices;

namespace SaaS;

/// <summary>Sets the invariant culture before the program starts, and exits when the Unicode data of ICU is missing.</summary>
internal static class ProcessCulture
{
    [ModuleInitializer]
    internal static void Pin()
    {
        CultureInfo.DefaultThreadCurrentCulture = CultureInfo.DefaultThreadCurrentUICulture = CultureInfo.InvariantCulture;
        CultureInfo.CurrentCulture = CultureInfo.CurrentUICulture = CultureInfo.InvariantCulture;

        // In globalization-invariant mode Normalize does nothing, so that one mailbox could have two accounts.
        if (!"e\u0301".Normalize().Equals("\u00e9", StringComparison.Ordinal))
        {
            Console.Error.WriteLine(
                "ICU is switched off: System.Globalization.Invariant must be false, and libicu must be installed (docs/DEPLOYMENT.md)."
            );
            Environment.Exit(1);
        }
    }
}
