namespace SaaS.Core.Jobs;

/// <summary>The configured settings of one job.</summary>
/// <param name="TimeLimit">The maximum duration of a run.</param>
/// <param name="PingUrl">The URL of a cron monitor that is pinged on each run; null for none.</param>
internal sealed record JobSettings(TimeSpan TimeLimit, Uri? PingUrl);
