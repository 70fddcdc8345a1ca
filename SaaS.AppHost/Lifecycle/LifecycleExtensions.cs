using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using SaaS.LocalServices;

namespace SaaS.AppHost.Lifecycle;

internal static class LifecycleExtensions
{
    // Longer than the hosts and services take together; a second Ctrl-C skips the wait.
    private static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(90);

    /// <summary>Adds graceful shutdown, restarts of crashed hosts and a console that shows warnings only.</summary>
    public static void AddLifecycle(this IDistributedApplicationBuilder builder, AppHostRun run)
    {
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = ShutdownTimeout);
        builder.Services.AddSingleton(run);
        builder.Services.AddSingleton<StartFailure>();
        builder.Services.AddSingleton<ConsoleReport>();
        builder.Services.ConfigureHttpClientDefaults(http =>
            http.AddHttpMessageHandler(() => new InstanceCheck(run.InstanceId, () => !run.IsReady))
        );

        if (!run.IsPublish && OrchestratorCertificate.IsSupported)
        {
#pragma warning disable ASPIRECERTIFICATES001 // the only way to hand DCP a certificate
            builder.Services.AddSingleton<IDeveloperCertificateService>(_ =>
                OrchestratorCertificate.LoadOrCreate(Path.Combine(UserFolder.Location, "orchestrator.pem"), TimeProvider.System)
            );
#pragma warning restore ASPIRECERTIFICATES001
        }

        // Hosted services stop in reverse order, so these stop before Aspire's own, which ends everything at once.
        builder.Services.AddSingleton<GracefulShutdown>();
        builder.Services.AddHostedService(services => services.GetRequiredService<GracefulShutdown>());
        builder.Services.AddHostedService<ReadyMessage>();
        builder.Services.AddHostedService<CrashedHostRestart>();
        builder.Services.AddHostedService<OrchestratorMonitor>();

        // The console shows warnings in one line; the dashboard shows all logs.
        builder.Services.AddLogging(logging =>
            logging
                .ClearProviders()
                .AddSimpleConsole(console => console.SingleLine = true)
                .AddFilter(null, LogLevel.Warning)
                .AddFilter("Aspire.Hosting.Dcp.DcpHost", LogLevel.Error) // warns about a development certificate that is not used
                .AddFilter("Microsoft", LogLevel.Error)
                // An interrupted start is not an error.
                .AddFilter("Microsoft.Extensions.Hosting.Internal.Host", level => level >= LogLevel.Error && !run.IsStopping)
                .AddFilter("Microsoft.Extensions.Diagnostics.HealthChecks", LogLevel.None) // checks fail during the start
                .AddFilter("System", LogLevel.Error)
        );
    }
}
