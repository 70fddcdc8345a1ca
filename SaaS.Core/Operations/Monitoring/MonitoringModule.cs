using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using SaaS.Core.Access;
using SaaS.Core.Jobs;
using SaaS.Core.Messaging;
using SaaS.Infrastructure.Messaging;
using SaaS.Infrastructure.Settings;

namespace SaaS.Core.Operations.Monitoring;

/// <summary>
/// How the system is, for its operators: the engines, what the product does with them, and the jobs. What is checked here beside the
/// engines takes no host out of traffic, because sending the traffic elsewhere would not help.
/// </summary>
internal static class MonitoringModule
{
    /// <summary>The tag of checks that no probe of a host asks for.</summary>
    private const string Monitored = "monitored";

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(3);

    public static void AddMonitoring(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSettings<MonitoringOptions>("Monitoring")
            .Validate(options => options.RelayLagDegraded < options.RelayLagDown, "Monitoring:RelayLagDown must be longer than Monitoring:RelayLagDegraded.");
        builder.Services.AddSingleton<ServiceChecks>();
        builder.Services.AddSingleton<RelayLag>();

        var checks = builder.Services.AddHealthChecks();
        checks.AddCheck<RelayCheck>("relay", tags: [Monitored], timeout: Deadline);
        checks.AddCheck<DeadLettersCheck>("dead-letters", tags: [Monitored], timeout: Deadline);
        if (!MessagingRegistration.IsKafka(builder.Configuration))
        {
            checks.AddCheck<EventsCheck>("events", tags: [Monitored], timeout: Deadline); // Kafka has a check of its own
        }

        builder.Services.AddSingleton<MailOperators>();
        builder.Services.AddPlatformConsumer<MailOperators.OfAlert, JobAlertRaised>(MailOperators.OfAlert.Name);
        builder.Services.AddPlatformConsumer<MailOperators.OfEnd, JobAlertEnded>(MailOperators.OfEnd.Name);
        builder.Services.AddJob<CheckHealthJob>("check-health", "Checks every engine and what the product does with them; fails when something is down", cron: "0 0/5 * * * ?");
        builder.Services.AddJob<ReportUsageJob>(ReportUsageJob.Name, "Writes down how much each tenant has", cron: "0 30 1 * * ?");
    }

    /// <summary>For hosts that fire no jobs: on one that does, the engine's own check of the same name answers for itself.</summary>
    public static void AddSchedulerCheck(this IServiceCollection services) =>
        services.AddHealthChecks().AddCheck<SchedulerCheck>(SchedulerCheck.Name, tags: [Monitored], timeout: Deadline);

    /// <summary>What a host runs that looks after the jobs; it also has the jobs' control.</summary>
    public static void AddJobWatch(this IServiceCollection services)
    {
        services.AddScoped<JobAlerts>();
        services.AddHostedService<JobMonitor>();
        services.AddHostedService<DeliveryMonitor>();
    }

    public static void MapMonitoring(this IEndpointRouteBuilder routes)
    {
        var monitoring = routes.MapPlatformGroup("/api/monitoring").WithTags("Monitoring");
        GetStatus.Map(monitoring);
        CheckService.Map(monitoring);
        CheckAllServices.Map(monitoring);
        ListChecks.Map(monitoring);
        GetDashboard.Map(monitoring);
        CapabilityHealth.Map(routes);
    }
}
