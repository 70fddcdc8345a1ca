using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace SaaS.Platform.Diagnostics;

/// <summary>The one source of the product's own traces and numbers: a host that listens to this name hears everything.</summary>
public static class SaaSDiagnostics
{
    public const string Name = "SaaS";

    public static readonly ActivitySource Activities = new(Name);

    public static readonly Meter Meter = new(Name);
}
