using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using Quartz;
using SaaS.Infrastructure.Postgres;

namespace SaaS.Infrastructure.Scheduling;

/// <summary>
/// Registers Quartz with PostgreSQL: all hosts form one cluster, which fires each trigger once and runs each job at most once at a time.
/// Its tables are part of the control database's migrations.
/// </summary>
public static class QuartzRegistration
{
    /// <summary>The interval of the check for misfired triggers.</summary>
    private static readonly TimeSpan MisfireCheckInterval = TimeSpan.FromSeconds(5);

    private const int SchedulerConnections = 10;
    private const int ControlConnections = 2;

    /// <summary>Fires every registered <see cref="JobSchedule"/> while the host runs.</summary>
    public static void AddJobScheduler(this IHostApplicationBuilder builder)
    {
        builder.AddStore(SchedulerConnections);
        builder.Services.AddScoped<DispatchJob>();
        builder.Services.AddHostedService<StoredSchedules>();
        builder.Services.AddHealthChecks().AddCheck<SchedulerHealth>("scheduler", tags: ["ready"], timeout: TimeSpan.FromSeconds(3));

        // Quartz logs its internals at Information; warnings are enough. A failed job is logged by ErrorLogger with the id of the firing,
        // and by JobRunShell a second time.
        builder.Logging.AddFilter("Quartz", LogLevel.Warning).AddFilter("Quartz.Core.JobRunShell", LogLevel.None);
    }

    /// <summary>Registers <see cref="JobControl"/> for a host that fires no jobs.</summary>
    public static void AddJobControl(this IHostApplicationBuilder builder)
    {
        builder.AddStore(ControlConnections);
        builder.Logging.AddFilter("Quartz", LogLevel.Warning);
    }

    private static void AddStore(this IHostApplicationBuilder builder, int connections)
    {
        var configuration = builder.Configuration;
        builder.Services.AddKeyedSingleton(
            HostScheduler.Store,
            (services, _) =>
                PostgresRegistration.NewControlSource(services, configuration, $"{builder.Environment.ApplicationName} jobs", connections)
        );
        builder.Services.AddSingleton<HostScheduler>();
        builder.Services.AddSingleton(services => new JobControl(services.GetRequiredService<HostScheduler>()));
        builder.Services.TryAddSingleton(TimeProvider.System); // Quartz resolves its clock from the container
        builder.AddQuartz(quartz =>
        {
            quartz.ConfigureScheduler(scheduler =>
            {
                scheduler.InstanceName = "saas"; // part of every row in the store: another name would start with an empty store
                scheduler.IdleWaitTime = TimeSpan.FromSeconds(5); // how late a host sees the requests and leftovers of another one
                scheduler.ShutdownJobInterruption = ShutdownJobInterruption.Always;
            });
            quartz.UseDefaultTimeZone(TimeZoneInfo.Utc);
            quartz.UsePersistentStore(store =>
            {
                store.UsePostgres(source =>
                    source.DataSourceFactory = services => services.GetRequiredKeyedService<NpgsqlDataSource>(HostScheduler.Store)
                );
                store.UseSystemTextJsonSerializer();
                store.UseClustering();
                store.ConfigureStore(options =>
                {
                    options.TablePrefix = "qrtz_";
                    options.SchemaProvisioning = SchemaProvisioning.Validate; // this role may not create tables
                    // Otherwise a resumed job would make up for missed firings a minute later
                    options.MisfireHandlerFrequency = MisfireCheckInterval;
                    options.UseBackgroundThreads = true; // a shutdown that timed out must not keep the process alive
                    options.RecoverFiringsCancelledByShutdown = true; // otherwise a deployment would skip the daily job that it interrupts
                });
            });
        });
    }
}
