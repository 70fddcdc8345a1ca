using System.ComponentModel.DataAnnotations;

namespace SaaS.Core.Operations.Monitoring;

/// <summary>From when on something is worth an operator's look, and how long what was counted is kept.</summary>
internal sealed class MonitoringOptions
{
    /// <summary>An event that the relay has not published for this long makes <c>relay</c> degraded.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan RelayLagDegraded { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>And for this long, down.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan RelayLagDown { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How long a day's usage of a tenant is kept.</summary>
    [Range(typeof(TimeSpan), "1.00:00:00", "3650.00:00:00")]
    public TimeSpan KeepUsageReports { get; init; } = TimeSpan.FromDays(400);
}
