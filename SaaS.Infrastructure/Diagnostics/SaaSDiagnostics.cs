using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace SaaS.Infrastructure.Diagnostics;

/// <summary>The one source of the product's own traces and numbers: a host that listens to these names hears everything.</summary>
public static class SaaSDiagnostics
{
    public const string Name = "SaaS";

    /// <summary>The tag of everything that happens within a tenant.</summary>
    public const string TenantId = "saas.tenant.id";

    /// <summary>Spans that carry a trace on, from the request to what follows from it: made whether or not anybody receives them.</summary>
    public static readonly ActivitySource Activities = new(Name);

    /// <summary>Spans that only tell what was done and how long it took: made where somebody receives them.</summary>
    public static readonly ActivitySource Calls = new(Name + ".Calls");

    public static readonly Meter Meter = new(Name);

    /// <summary>The context that came with something from another process; none, if it has none or one that cannot be read.</summary>
    /// <remarks>It is remote also when it comes out of a database: a trace that is not sampled keeps its id then.</remarks>
    public static ActivityContext ContextOf(string? traceParent) =>
        ActivityContext.TryParse(traceParent, traceState: null, isRemote: true, out var context) ? context : default;
}
