using System.Reflection;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using SaaS.LocalServices;

namespace SaaS.AppHost.Lifecycle;

/// <summary>One run of the AppHost: its options, its data folder with keys and ports, and how it ends.</summary>
internal sealed class AppHostRun : IAsyncDisposable
{
    // The hosts of a run that was killed have ten seconds to drain, DCP ends after them, and all hold their ports meanwhile.
    private static readonly TimeSpan EndOfKilledRun = TimeSpan.FromSeconds(30);

    private CancellationToken _stopping;

    private AppHostRun(AppHostOptions options) => Options = options;

    public AppHostOptions Options { get; }

    public AppModelOptions Model { get; private set; } = null!;

    public BackingServices Services { get; private set; }

    /// <summary>Null when publishing.</summary>
    public DataFolder? Data { get; private set; }

    /// <summary>Null when publishing.</summary>
    public KeyRing? Keys { get; private set; }

    public RunPorts Ports { get; private set; } = RunPorts.Published;

    /// <summary>There was no data before this run.</summary>
    public bool IsFirstStart { get; private set; }

    /// <summary>The hosts show it in their answers, so that another program's answer on the same port is not taken for theirs.</summary>
    public string InstanceId { get; } = RandomNumberGenerator.GetHexString(16, lowercase: true);

    /// <summary>Every host has been ready once.</summary>
    public bool IsReady { get; set; }

    /// <summary>Set where there is nothing to start, and when the run has failed.</summary>
    public int? ExitCode { get; private set; }

    /// <summary>It was asked to stop, or stops because it failed.</summary>
    public bool IsStopping => _stopping.IsCancellationRequested;

    public bool IsPublish => Options.IsPublish;

    public string ApiAddress => $"http://localhost:{Ports.Api}";

    public string EntraAddress => $"http://127.0.0.1:{Ports.Entra}";

    /// <summary>Reads the command line, and prepares folder and ports; what stands in the way is printed in one sentence.</summary>
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

    /// <summary>Options of Aspire's builder: the dashboard's addresses and its login token are this run's.</summary>
    public DistributedApplicationOptions BuilderOptions => new()
    {
        Args =
        [
            "--environment", HostSettings.Environment,
            .. Options.AspireArguments,
            .. Keys is null ? [] : DashboardSettings(Keys).Select(setting => $"--{setting.Key}={setting.Value}"),
        ],
    };

    /// <summary>Runs or publishes the app model, and returns the exit code.</summary>
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
            // A start that was interrupted.
        }

        return ExitCode ?? 0;
    }

    /// <summary>Prints why the run cannot go on, and remembers that it failed.</summary>
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
            ? Model.ServicesAreManaged ? BackingServices.Managed : BackingServices.Containers
            : Options.Services ?? await DetectAsync();
        if (IsPublish)
        {
            return;
        }

        if (!OperatingSystem.IsWindows() && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("HOME")))
        {
            throw new LocalServiceException("HOME is not set: Aspire's orchestrator keeps its session there. Set it to a folder that you can write.");
        }

        if (Options.EntraStandIn && !HostSettings.IsDevelopment)
        {
            throw new LocalServiceException(
                "--entra-stand-in lets anybody sign in as anybody: it is for the environment Development alone.");
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
            // Before the ports are chosen: a server that was left behind may hold one of them.
            await PostgresServer.ReclaimAsync(Data.Postgres, Keys.PostgresPassword, TimeProvider.System, CancellationToken.None);
        }

        Ports = await RunPorts.AssignAsync(Data, Options, Data.LastRunWasKilled ? EndOfKilledRun : TimeSpan.Zero);
    }

    private Dictionary<string, string> DashboardSettings(KeyRing keys) => new()
    {
        ["ASPNETCORE_URLS"] = $"http://localhost:{Ports.Dashboard}",
        ["ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL"] = $"http://localhost:{Ports.DashboardTelemetry}",
        ["ASPIRE_RESOURCE_SERVICE_ENDPOINT_URL"] = $"http://localhost:{Ports.DashboardResources}",
        ["ASPIRE_DASHBOARD_FRONTEND_BROWSERTOKEN"] = keys.DashboardToken,
        ["ASPIRE_ALLOW_UNSECURED_TRANSPORT"] = "true", // on the loopback address alone
        ["ASPIRE_DCP_USE_DEVELOPER_CERTIFICATE"] = OrchestratorCertificate.IsSupported ? "true" : "false",
        ["ASPIRE_DEVELOPER_CERTIFICATE_DEFAULT_TRUST"] = "false",
        ["DcpPublisher:WaitForResourceCleanup"] = "true",
    };

    // A container CLI without a running engine is installed, but of no use.
    private static async Task<BackingServices> DetectAsync()
    {
        var dcp = typeof(AppHostRun).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
            .FirstOrDefault(metadata => string.Equals(metadata.Key, "dcpclipath", StringComparison.OrdinalIgnoreCase))?.Value;
        if (dcp is null || await ShortCommand.TryAsync(dcp, ["info"], CancellationToken.None) is not { } answer)
        {
            return BackingServices.Local;
        }

        // {"version": "0.26.6", …, "containers": {"runtime": "docker", "installed": true, "running": false, "error": "…"}}
        using var info = JsonDocument.Parse(answer);
        return info.RootElement.TryGetProperty("containers", out var containers)
            && containers.TryGetProperty("running", out var running)
            && running.GetBoolean()
            ? BackingServices.Containers
            : BackingServices.Local;
    }
}
