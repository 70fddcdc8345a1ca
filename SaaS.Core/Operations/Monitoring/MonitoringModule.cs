using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using SaaS.Core.Access;
using SaaS.Core.Jobs;
using SaaS.Core.Messaging;
using SaaS.Core.Persistence;
using SaaS.Infrastructure.Messaging;
using SaaS.Infrastructure.Settings;

namespace SaaS.Core.Operations.Monitoring;

/// <summary>
/// Registers monitoring for operators: checks of backing services, event delivery and jobs. The checks added here do not affect readiness
/// probes, because redirecting traffic to another host would not help.
/// </summary>
internal static class MonitoringModule
{
    extension(ControlDbContext db)
    {
        public DbSet<JobAlert> JobAlerts => db.Set<JobAlert>();

        public DbSet<UsageReport> UsageReports => db.Set<UsageReport>();
    }

    /// <summary>The tag of checks that are excluded from the probes of a host.</summary>
    private const string Monitored = "monitored";

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(3);

    public static void AddMonitoring(this IHostApplicationBuilder builder)
    {
        builder
            .Services.AddSettings<MonitoringOptions>("Monitoring")
            .Validate(
                options => options.RelayLagDegraded < options.RelayLagDown,
                "Monitoring:RelayLagDown must be longer than Monitoring:RelayLagDegraded."
            );
        builder.Services.AddSingleton<ServiceChecks>();
        builder.Services.AddSingleton<RelayLag>();

        var checks = builder.Services.AddHealthChecks();
        checks.AddCheck<RelayCheck>("relay", tags: [Monitored], timeout: Deadline);
        checks.AddCheck<DeadLettersCheck>("dead-letters", tags: [Monitored], timeout: Deadline);
        if (!MessagingRegistration.IsKafka(builder.Configuration))
        {
            checks.AddCheck<EventsCheck>("events", tags: [Monitored], timeout: Deadline); // Kafka has its own check
        }

        builder.Services.AddSingleton<OperatorMailer>();
        builder.Services.AddPlatformConsumer<OperatorMailer.AlertRaisedConsumer, JobAlertRaised>(OperatorMailer.AlertRaisedConsumer.Name);
        builder.Services.AddPlatformConsumer<OperatorMailer.AlertEndedConsumer, JobAlertEnded>(OperatorMailer.AlertEndedConsumer.Name);
        builder.Services.AddJob<CheckHealthJob>(
            "check-health",
            "Checks all backing services, event delivery and schedulers; fails when one is down",
            cron: "0 0/5 * * * ?"
        );
        builder.Services.AddJob<ReportUsageJob>(ReportUsageJob.Name, "Stores the daily usage of each tenant", cron: "0 30 1 * * ?");
    }

    /// <summary>Adds the scheduler check for hosts that do not fire jobs; those that do have a Quartz check of the same name.</summary>
    public static void AddSchedulerCheck(this IServiceCollection services) =>
        services.AddHealthChecks().AddCheck<SchedulerCheck>(SchedulerCheck.Name, tags: [Monitored], timeout: Deadline);

    /// <summary>Adds the monitors of jobs and event delivery. The host must also register <c>JobControl</c>.</summary>
    public static void AddJobMonitoring(this IServiceCollection services)
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
    public TimeSpan UsageReportRetention { get; init; } = TimeSpan.FromDays(400);
}
