using System.Reflection;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using SaaS.LocalServices;

namespace SaaS.AppHost.Lifecycle;

/// <summary>A run of the AppHost, with its options, data folder, keys, ports and exit code.</summary>
internal sealed class AppHostRun : IAsyncDisposable
{
    // After a kill the hosts drain for up to ten seconds and DCP ends after them; their ports stay in use until then.
    private static readonly TimeSpan KilledRunTimeout = TimeSpan.FromSeconds(30);

    private CancellationToken _stopping;

    private AppHostRun(AppHostOptions options) => Options = options;

    public AppHostOptions Options { get; }

    public AppModelOptions Model { get; private set; } = null!;

    public BackingServices Services { get; private set; }

    /// <summary>The data folder; null in publish mode.</summary>
    public DataFolder? Data { get; private set; }

    /// <summary>The generated secrets of the data folder; null in publish mode.</summary>
    public KeyRing? Keys { get; private set; }

    public RunPorts Ports { get; private set; } = RunPorts.Published;

    /// <summary>True when the data folder was empty before this run.</summary>
    public bool IsFirstStart { get; private set; }

    /// <summary>The id that the hosts return in a header, so that a health check rejects other programs on the same port.</summary>
    public string InstanceId { get; } = RandomNumberGenerator.GetHexString(16, lowercase: true);

    /// <summary>True once every host has been ready.</summary>
    public bool IsReady { get; set; }

    /// <summary>The exit code, set when there is nothing to start or the run has failed; otherwise null.</summary>
    public int? ExitCode { get; private set; }

    /// <summary>True once a stop was requested or the run has failed.</summary>
    public bool IsStopping => _stopping.IsCancellationRequested;

    public bool IsPublish => Options.IsPublish;

    public string ApiAddress => $"http://localhost:{Ports.Api}";

    public string EntraAddress => $"http://127.0.0.1:{Ports.Entra}";

    /// <summary>Parses the command line, opens the data folder and assigns the ports; prints one sentence on failure.</summary>
    public static async Task<AppHostRun> BeginAsync(string[] args)
    {
        if (!AppHostOptions.TryParse(args, out var options, out var exitCode))
        {
            return new AppHostRun(options) { ExitCode = exitCode };
        }

        var run = new AppHostRun(options);
        try
        {
            await run.PrepareAsync();
        }
        catch (LocalServiceException refused)
        {
            run.Fail(refused.Message);
        }

        return run;
    }

    /// <summary>Options of the distributed application builder, with the dashboard endpoints and login token of this run.</summary>
    public DistributedApplicationOptions BuilderOptions =>
        new()
        {
            Args =
            [
                "--environment",
                HostSettings.Environment,
                .. Options.AspireArguments,
                .. Keys is null ? [] : DashboardSettings(Keys).Select(setting => $"--{setting.Key}={setting.Value}"),
            ],
        };

    /// <summary>Runs or publishes the app model and returns the exit code.</summary>
    public async Task<int> RunAsync(IDistributedApplicationBuilder builder)
    {
        try
        {
            await using var application = builder.Build();
            _stopping = application.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
            await application.RunAsync();
        }
        catch (OperationCanceledException) when (IsStopping)
        {
            // The start was interrupted.
        }

        return ExitCode ?? 0;
    }

    /// <summary>Prints the reason and sets the exit code to 1.</summary>
    public void Fail(string reason)
    {
        Console.Error.WriteLine(reason);
        ExitCode = 1;
    }

    public ValueTask DisposeAsync()
    {
        if (Data is { } data)
        {
            Data = null;
            RunningStacks.Withdraw(data);
            data.Dispose();
        }

        return ValueTask.CompletedTask;
    }

    private async Task PrepareAsync()
    {
        var configuration = new ConfigurationBuilder().AddEnvironmentVariables().AddCommandLine([.. Options.AspireArguments]).Build();
        Model = AppModelOptions.From(configuration, Options.AspireArguments, IsPublish);
        Services = IsPublish
            ? Model.ServicesAreManaged
                ? BackingServices.Managed
                : BackingServices.Containers
            : Options.Services ?? await DetectServicesAsync();
        if (IsPublish)
        {
            return;
        }

        if (!OperatingSystem.IsWindows() && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("HOME")))
        {
            throw new LocalServiceException("HOME is not set: Aspire's orchestrator keeps its session there. Set it to a writable folder.");
        }

        if (Options.EntraStandIn && !HostSettings.IsDevelopment)
        {
            throw new LocalServiceException(
                "--entra-stand-in accepts any sign-in without a password: it is allowed in the environment Development only."
            );
        }

        if (Options.Ephemeral && Services is not BackingServices.Local)
        {
            throw new LocalServiceException("--ephemeral is for local services: the volumes of containers are kept. Add --services local.");
        }

        Console.Out.WriteLine($"Starting the SaaS platform on {(Services is BackingServices.Local ? "local services" : "containers")} …");
        Data = Options.Ephemeral ? DataFolder.OpenEphemeral() : DataFolder.Open(Options.DataFolder);
        Keys = KeyRing.LoadOrCreate(Data.Keys);
        IsFirstStart = Services is BackingServices.Local && !Directory.Exists(Data.Postgres);
        if (Data.LastRunWasKilled && Services is BackingServices.Local)
        {
            // Before the ports are assigned, because an orphaned server may hold one of them.
            await PostgresServer.StopOrphanedAsync(Data.Postgres, Keys.PostgresPassword, TimeProvider.System, CancellationToken.None);
        }

        Ports = await RunPorts.AssignAsync(Data, Options, Data.LastRunWasKilled ? KilledRunTimeout : TimeSpan.Zero);
    }

    private Dictionary<string, string> DashboardSettings(KeyRing keys) =>
        new()
        {
            ["ASPNETCORE_URLS"] = $"http://localhost:{Ports.Dashboard}",
            ["ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL"] = $"http://localhost:{Ports.DashboardTelemetry}",
            ["ASPIRE_RESOURCE_SERVICE_ENDPOINT_URL"] = $"http://localhost:{Ports.DashboardResources}",
            ["ASPIRE_DASHBOARD_FRONTEND_BROWSERTOKEN"] = keys.DashboardToken,
            ["ASPIRE_ALLOW_UNSECURED_TRANSPORT"] = "true", // the dashboard listens on loopback only
            ["ASPIRE_DCP_USE_DEVELOPER_CERTIFICATE"] = OrchestratorCertificate.IsSupported ? "true" : "false",
            ["ASPIRE_DEVELOPER_CERTIFICATE_DEFAULT_TRUST"] = "false",
            ["DcpPublisher:WaitForResourceCleanup"] = "true",
        };

    // A container CLI may be installed while its runtime is not running.
    private static async Task<BackingServices> DetectServicesAsync()
    {
        var dcp = typeof(AppHostRun)
            .Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
            .FirstOrDefault(metadata => string.Equals(metadata.Key, "dcpclipath", StringComparison.OrdinalIgnoreCase))
            ?.Value;
        if (dcp is null || await ShortCommand.TryAsync(dcp, ["info"], CancellationToken.None) is not { } answer)
        {
            return BackingServices.Local;
        }

        // {"version": "0.26.6", …, "containers": {"runtime": "docker", "installed": true, "running": false, "error": "…"}}
        using var info = JsonDocument.Parse(answer);
        return
            info.RootElement.TryGetProperty("containers", out var containers)
            && containers.TryGetProperty("running", out var running)
            && running.GetBoolean()
            ? BackingServices.Containers
            : BackingServices.Local;
    }
}
