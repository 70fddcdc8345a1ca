using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using SaaS.Core.Persistence;
using SaaS.Infrastructure.Scheduling;
using SaaS.Infrastructure.Settings;

namespace SaaS.Core.Jobs;

/// <summary>
/// Registers scheduled jobs. Modules declare their jobs with a default schedule, which the configuration can override
/// (<c>Jobs:{name}:Cron</c>, <c>Jobs:{name}:TimeZone</c>); the scheduler fires them, and the history records every run.
/// </summary>
internal static class JobsModule
{
    extension(ControlDbContext db)
    {
        public DbSet<JobRun> JobRuns => db.Set<JobRun>();
    }

    private static readonly TimeSpan DefaultTimeLimit = TimeSpan.FromHours(1);

    public static void AddJobs(this IServiceCollection services)
    {
        services.AddScoped<JobRunner>();
        services.AddSingleton<JobPings>();
        services.AddHttpClient(JobPings.Client, client => client.Timeout = JobPings.Timeout);
        services.AddSettings<JobAlertOptions>("JobAlerts");
        services.AddSettings<JobHistoryOptions>("JobHistory");
        services.AddJob<PurgeJobRunsJob>("purge-job-runs", "Deletes expired job runs", cron: "0 45 3 * * ?");
    }

    /// <summary>
    /// Adds pings to cron monitors, for hosts that fire jobs. Register it before the scheduler, so that it stops after it.
    /// </summary>
    public static void AddJobPings(this IServiceCollection services) =>
        services.AddHostedService(provider => provider.GetRequiredService<JobPings>());

    /// <param name="name">The name in the history and the configuration: lower case with hyphens.</param>
    /// <param name="description">One sentence for operators, without a full stop.</param>
    /// <param name="cron">A Quartz cron expression: seconds, minutes, hours, day of month, month, day of week.</param>
    public static void AddJob<TJob>(this IServiceCollection services, string name, string description, string cron)
        where TJob : Job
    {
        services.AddScoped<TJob>();
        services.AddSetting($"Jobs:{name}:Cron", preset: cron);
        services.AddSetting($"Jobs:{name}:TimeZone", preset: TimeZoneInfo.Utc.Id);
        services.AddSetting($"Jobs:{name}:TimeLimit", preset: DefaultTimeLimit.ToString("c"));
        services.AddSetting($"Jobs:{name}:PingUrl", isSecret: true);
        services.AddSingleton(provider =>
        {
            var configuration = provider.GetRequiredService<IConfiguration>().GetSection($"Jobs:{name}");
            var settings = new JobSettings(
                configuration.GetValue<TimeSpan?>("TimeLimit") ?? DefaultTimeLimit,
                ParsePingUrl(name, configuration["PingUrl"])
            );
            return new JobSchedule(
                name,
                description,
                configuration["Cron"] ?? cron,
                ParseTimeZone(name, configuration["TimeZone"]),
                (scope, firing, ct) =>
                    scope.GetRequiredService<JobRunner>().RunAsync(name, scope.GetRequiredService<TJob>(), firing, settings, ct)
            );
        });
    }

    private static TimeZoneInfo ParseTimeZone(string job, string? id) =>
        string.IsNullOrEmpty(id) ? TimeZoneInfo.Utc
        : TimeZoneInfo.TryFindSystemTimeZoneById(id, out var zone) ? zone
        : throw new InvalidSettingsException(
            $"Jobs:{job}:TimeZone is '{id}', which is unknown on this machine; use an IANA name such as Europe/Berlin."
        );

    private static Uri? ParsePingUrl(string job, string? address) =>
        string.IsNullOrEmpty(address) ? null
        : Uri.TryCreate(address, UriKind.Absolute, out var url) && (url.Scheme == Uri.UriSchemeHttps || url.Scheme == Uri.UriSchemeHttp)
            ? url
        : throw new InvalidSettingsException($"Jobs:{job}:PingUrl must be an absolute http or https address.");
}
