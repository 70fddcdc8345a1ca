using System.Diagnostics.Metrics;
using SaaS.Infrastructure.Diagnostics;

namespace SaaS.Infrastructure.Postgres;

/// <summary>The metrics of the tenant connection budget.</summary>
internal static class TenantConnectionMetrics
{
    private const string Prefix = "saas.tenant_connections";

    public static readonly UpDownCounter<int> Open = SaaSDiagnostics.Meter.CreateUpDownCounter<int>(
        $"{Prefix}.open",
        "{connection}",
        "Connections to tenants' databases that count against the budget"
    );

    public static readonly UpDownCounter<int> Budget = SaaSDiagnostics.Meter.CreateUpDownCounter<int>(
        $"{Prefix}.budget",
        "{connection}",
        "How many connections to tenants' databases the process may hold"
    );

    public static readonly UpDownCounter<int> Tenants = SaaSDiagnostics.Meter.CreateUpDownCounter<int>(
        $"{Prefix}.tenants",
        "{tenant}",
        "Tenants that have at least one connection"
    );

    public static readonly Histogram<double> WaitDuration = SaaSDiagnostics.Meter.CreateHistogram<double>(
        $"{Prefix}.wait.duration",
        "s",
        "How long those waited for whom no connection was free at once"
    );

    public static readonly Counter<int> Evictions = SaaSDiagnostics.Meter.CreateCounter<int>(
        $"{Prefix}.evictions",
        "{connection}",
        "Connections that were closed because another tenant needed the place"
    );

    public static readonly Counter<int> Refusals = SaaSDiagnostics.Meter.CreateCounter<int>(
        $"{Prefix}.refusals",
        "{request}",
        "Those who waited in vain"
    );
}
