using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using SaaS.Infrastructure.Scheduling;
using SaaS.Infrastructure.Settings;

namespace SaaS.Core.Jobs;

/// <summary>
/// What happens at a time. Capabilities declare their jobs with a default schedule; configuration may give another one
/// (<c>Jobs:{name}:Cron</c>, <c>Jobs:{name}:TimeZone</c>); the scheduler fires them and the history keeps every run.
/// </summary>
internal static class JobsModule
{
    private static readonly TimeSpan UsualLimit = TimeSpan.FromHours(1);

    public static void AddJobs(this IServiceCollection services)
    {
        services.AddScoped<JobRunner>();
        services.AddSingleton<JobPings>();
        services.AddHttpClient(JobPings.Client, client => client.Timeout = JobPings.Timeout);
        services.AddSettings<JobAlertOptions>("JobAlerts");
        services.AddSettings<JobHistoryOptions>("JobHistory");
        services.AddJob<PurgeJobRunsJob>("purge-job-runs", "Empties the history of jobs of what is older than it is kept", cron: "0 45 3 * * ?");
    }

    /// <summary>What a host runs that fires jobs; before whatever fires them, so that it ends after that.</summary>
    public static void AddJobPings(this IServiceCollection services) =>
        services.AddHostedService(provider => provider.GetRequiredService<JobPings>());

    /// <param name="name">Lower case with hyphens; stands in the history and in the configuration.</param>
    /// <param name="description">One sentence for operators.</param>
    /// <param name="cron">Quartz's form: seconds, minutes, hours, day of month, month, day of week.</param>
    public static void AddJob<TJob>(this IServiceCollection services, string name, string description, string cron)
        where TJob : Job
    {
        services.AddScoped<TJob>();
        services.AddSetting($"Jobs:{name}:Cron", preset: cron);
        services.AddSetting($"Jobs:{name}:TimeZone", preset: TimeZoneInfo.Utc.Id);
        services.AddSetting($"Jobs:{name}:TimeLimit", preset: UsualLimit.ToString("c"));
        services.AddSetting($"Jobs:{name}:PingUrl", isSecret: true);
        services.AddSingleton(provider =>
        {
            var configuration = provider.GetRequiredService<IConfiguration>().GetSection($"Jobs:{name}");
            var settings = new JobSettings(configuration.GetValue<TimeSpan?>("TimeLimit") ?? UsualLimit, PingUrlOf(name, configuration["PingUrl"]));
            return new JobSchedule(
                name,
                description,
                configuration["Cron"] ?? cron,
                TimeZoneOf(name, configuration["TimeZone"]),
                (scope, firing, ct) => scope.GetRequiredService<JobRunner>().RunAsync(name, scope.GetRequiredService<TJob>(), firing, settings, ct));
        });
    }

    private static TimeZoneInfo TimeZoneOf(string job, string? id) =>
        string.IsNullOrEmpty(id) ? TimeZoneInfo.Utc
        : TimeZoneInfo.TryFindSystemTimeZoneById(id, out var zone) ? zone
        : throw new InvalidSettingsException($"Jobs:{job}:TimeZone is '{id}', which this machine does not know; take a name such as Europe/Berlin.");

    private static Uri? PingUrlOf(string job, string? address) =>
        string.IsNullOrEmpty(address) ? null
        : Uri.TryCreate(address, UriKind.Absolute, out var url) && (url.Scheme == Uri.UriSchemeHttps || url.Scheme == Uri.UriSchemeHttp) ? url
        : throw new InvalidSettingsException($"Jobs:{job}:PingUrl must be an absolute http or https address.");
}
