namespace SaaS.Core.Jobs;

/// <summary>What configuration says about the runs of one job.</summary>
/// <param name="Limit">How long a run may take.</param>
/// <param name="PingUrl">A monitor of cron jobs that wants to hear of each run; null for none.</param>
internal sealed record JobSettings(TimeSpan Limit, Uri? PingUrl);
