using System.ComponentModel.DataAnnotations;

namespace SaaS.Core.Operations.Monitoring;

/// <summary>Settings for the thresholds of the relay check and the retention of usage reports.</summary>
internal sealed class MonitoringOptions
{
    /// <summary>The lag of the relay at which the check <c>relay</c> is degraded.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan RelayLagDegraded { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>The lag of the relay at which the check <c>relay</c> is down.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan RelayLagDown { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>The retention period of daily usage reports.</summary>
    [Range(typeof(TimeSpan), "1.00:00:00", "3650.00:00:00")]
    public TimeSpan KeepUsageReports { get; init; } = TimeSpan.FromDays(400);
}
