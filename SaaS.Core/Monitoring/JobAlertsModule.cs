using Microsoft.Extensions.DependencyInjection;
using SaaS.Core.Events;

namespace SaaS.Core.Monitoring;

/// <summary>Tells operators of jobs that fail or do not come.</summary>
internal static class JobAlertsModule
{
    public static void AddJobAlerts(this IServiceCollection services)
    {
        services.AddSingleton<MailOperators>();
        services.AddPlatformConsumer<MailOperators.OfAlert, JobAlertRaised>(MailOperators.OfAlert.Name);
        services.AddPlatformConsumer<MailOperators.OfEnd, JobAlertEnded>(MailOperators.OfEnd.Name);
    }

    /// <summary>What a host runs that looks after the jobs; it also has the jobs' control.</summary>
    public static void AddJobWatch(this IServiceCollection services)
    {
        services.AddScoped<JobAlerts>();
        services.AddHostedService<WatchJobs>();
    }
}
