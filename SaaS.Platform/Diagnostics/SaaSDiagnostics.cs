using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace SaaS.Platform.Diagnostics;

/// <summary>The one source of traces and the one meter of the product: a host that listens to this name hears everything.</summary>
public static class SaaSDiagnostics
{
    public const string Name = "SaaS";

    public static readonly ActivitySource Activities = new(Name);
    public static readonly Meter Meter = new(Name);
}
