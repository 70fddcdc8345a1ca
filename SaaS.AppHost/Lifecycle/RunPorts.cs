using SaaS.LocalServices;

namespace SaaS.AppHost.Lifecycle;

/// <summary>The ports of this run on the loopback address; null when the publisher or the container assigns the port.</summary>
internal sealed record RunPorts
{
    /// <summary>The ports in publish mode.</summary>
    public static readonly RunPorts Published = new() { Api = AppHostOptions.DefaultApiPort, Scheduler = 5555 };

    public required int? Api { get; init; }

    public required int? Scheduler { get; init; }

    public int? Worker { get; private init; }

    public int? Entra { get; private init; }

    public int? ApiMetrics { get; private init; }

    public int? WorkerMetrics { get; private init; }

    public int? SchedulerMetrics { get; private init; }

    public int Postgres { get; private init; }

    public int Redis { get; private init; }

    public int Mails { get; private init; }

    public int Dashboard { get; private init; }

    public int DashboardTelemetry { get; private init; }

    public int DashboardResources { get; private init; }

    /// <param name="data">The data folder, which stores the assigned ports.</param>
    /// <param name="options">The options with the port of the API, which must be free.</param>
    /// <param name="timeout">The time to wait for hosts of a killed run to release their ports.</param>
    /// <exception cref="LocalServiceException">The port of the API is in use.</exception>
    public static async Task<RunPorts> AssignAsync(DataFolder data, AppHostOptions options, TimeSpan timeout)
    {
        if (options.ApiPort > 0)
        {
            await LocalServices.Ports.WaitUntilFreeAsync(options.ApiPort, timeout, TimeProvider.System, CancellationToken.None);
        }

        using var claims = await PortClaims.OpenAsync(TimeProvider.System);
        var assignments = new PortAssignments(options.Ephemeral ? null : data.Ports, claims);
        await assignments.WaitForPreviousRunAsync(timeout, TimeProvider.System);
        var ports = new RunPorts
        {
            Api = options.ApiPort > 0 ? options.ApiPort : LocalServices.Ports.FreeOr(0),
            Dashboard = assignments.Assign("dashboard", 15888),
            DashboardTelemetry = assignments.Assign("dashboard-telemetry", 18889),
            DashboardResources = assignments.Assign("dashboard-resources", 18890),
            Postgres = assignments.Assign("postgres", 5432),
            Redis = assignments.Assign("redis", 6379),
            Mails = assignments.Assign("mails", 5025),
            Entra = assignments.Assign("entra", 5080),
            Worker = assignments.Assign("worker", 5001),
            Scheduler = assignments.Assign("scheduler", 5555),
            ApiMetrics = assignments.Assign("api-metrics", 9464), // the targets in ops/prometheus/prometheus.yml
            WorkerMetrics = assignments.Assign("worker-metrics", 9465),
            SchedulerMetrics = assignments.Assign("scheduler-metrics", 9466),
        };
        assignments.Save();
        return ports;
    }
}
