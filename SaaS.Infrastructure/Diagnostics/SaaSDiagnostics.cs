using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace SaaS.Infrastructure.Diagnostics;

/// <summary>The activity sources and the meter of the product: a host subscribes to these names to export all traces and metrics.</summary>
public static class SaaSDiagnostics
{
    public const string Name = "SaaS";

    /// <summary>The tag with the tenant id, on everything that happens within a tenant.</summary>
    public const string TenantId = "saas.tenant.id";

    /// <summary>
    /// Spans that propagate a trace from a request to the work that follows from it. They are created even without a listener.
    /// </summary>
    public static readonly ActivitySource Activities = new(Name);

    /// <summary>Spans that only record the duration of a call. They are created only when somebody listens.</summary>
    public static readonly ActivitySource Calls = new(Name + ".Calls");

    public static readonly Meter Meter = new(Name);

    /// <summary>
    /// Parses a trace context that came from another process; returns the default context when there is none or it is malformed.
    /// </summary>
    /// <remarks>
    /// The context is marked as remote even when it was read from the database, so that a trace that is not sampled keeps its id.
    /// </remarks>
    public static ActivityContext ContextOf(string? traceParent) =>
        ActivityContext.TryParse(traceParent, traceState: null, isRemote: true, out var context) ? context : default;
}
