using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using Quartz;
using SaaS.Infrastructure.Postgres;

namespace SaaS.Infrastructure.Scheduling;

/// <summary>
/// Quartz over PostgreSQL: every host that calls this joins one cluster, which fires each trigger once and runs each job
/// at most once at a time. Its tables come with the control database's migrations.
/// </summary>
public static class QuartzRegistration
{
    /// <summary>How often a scheduler looks for what should have run.</summary>
    private static readonly TimeSpan LookForMissed = TimeSpan.FromSeconds(5);

    private const int SchedulerConnections = 10;
    private const int ControlConnections = 2;

    /// <summary>Fires every registered <see cref="JobSchedule"/>, from the moment the host has started until it stops.</summary>
    public static void AddJobScheduler(this IHostApplicationBuilder builder)
    {
        builder.AddStore(SchedulerConnections);
        builder.Services.AddScoped<DispatchJob>();
        builder.Services.AddHostedService<StoredSchedules>();
        builder.Services.AddHealthChecks().AddCheck<SchedulerHealth>("scheduler", tags: ["ready"], timeout: TimeSpan.FromSeconds(3));

        // Quartz tells at Information what each of its parts is; what a reader of the log needs is in its warnings.
        // A job's failure is told by JobRunShell and again, with the firing's id, by ErrorLogger: once is enough.
        builder.Logging.AddFilter("Quartz", LogLevel.Warning).AddFilter("Quartz.Core.JobRunShell", LogLevel.None);
    }

    /// <summary>Fires nothing, and can tell those that do (<see cref="JobControl"/>).</summary>
    public static void AddJobControl(this IHostApplicationBuilder builder)
    {
        builder.AddStore(ControlConnections);
        builder.Logging.AddFilter("Quartz", LogLevel.Warning);
    }

    private static void AddStore(this IHostApplicationBuilder builder, int connections)
    {
        var configuration = builder.Configuration;
        builder.Services.AddKeyedSingleton(HostScheduler.Store, (services, _) =>
            PostgresRegistration.NewControlSource(services, configuration, $"{builder.Environment.ApplicationName} jobs", connections));
        builder.Services.AddSingleton<HostScheduler>();
        builder.Services.AddSingleton(services => new JobControl(services.GetRequiredService<HostScheduler>()));
        builder.Services.TryAddSingleton(TimeProvider.System); // Quartz itself asks the container for its clock
        builder.AddQuartz(quartz =>
        {
            quartz.ConfigureScheduler(scheduler =>
            {
                scheduler.InstanceName = "saas"; // in every row of the store: another name would start with an empty one
                scheduler.IdleWaitTime = TimeSpan.FromSeconds(5); // how late a host sees what another one left behind or asked for
                scheduler.ShutdownJobInterruption = ShutdownJobInterruption.Always;
            });
            quartz.UseDefaultTimeZone(TimeZoneInfo.Utc);
            quartz.UsePersistentStore(store =>
            {
                store.UsePostgres(source => source.DataSourceFactory = services => services.GetRequiredKeyedService<NpgsqlDataSource>(HostScheduler.Store));
                store.UseSystemTextJsonSerializer();
                store.UseClustering();
                store.ConfigureStore(options =>
                {
                    options.TablePrefix = "qrtz_";
                    options.SchemaProvisioning = SchemaProvisioning.Validate; // this role may not create tables, only use them
                    options.MisfireHandlerFrequency = LookForMissed; // or a job that is resumed would make up for what it missed a minute later
                    options.RecoverFiringsCancelledByShutdown = true; // or each deployment would skip the daily job that it cut off
                });
            });
        });
    }
}
