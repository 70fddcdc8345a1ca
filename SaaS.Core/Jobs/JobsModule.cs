using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using SaaS.Platform.Scheduling;

namespace SaaS.Core.Jobs;

/// <summary>
/// What happens at a time. Capabilities declare their jobs with a default schedule; configuration may give another one
/// (<c>Jobs:{name}:Cron</c>); the scheduler fires them and the history keeps every run.
/// </summary>
internal static class JobsModule
{
    public static void AddJobs(this IServiceCollection services) => services.AddScoped<JobRunner>();

    /// <param name="name">Lower case with hyphens; stands in the history and in the configuration.</param>
    /// <param name="description">One sentence for operators.</param>
    /// <param name="cron">Quartz's form, in UTC: seconds, minutes, hours, day of month, month, day of week.</param>
    public static void AddJob<TJob>(this IServiceCollection services, string name, string description, string cron)
        where TJob : Job
    {
        services.AddScoped<TJob>();
        services.AddSingleton(provider => new JobSchedule(
            name,
            description,
            provider.GetRequiredService<IConfiguration>()[$"Jobs:{name}:Cron"] ?? cron,
            (scope, _, ct) => scope.GetRequiredService<JobRunner>().RunAsync(name, scope.GetRequiredService<TJob>(), ct)));
    }
}
