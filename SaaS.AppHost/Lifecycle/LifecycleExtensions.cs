using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using SaaS.LocalServices;

namespace SaaS.AppHost.Lifecycle;

internal static class LifecycleExtensions
{
    // Longer than hosts and services take together; a second Ctrl-C ends the waiting.
    private static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(90);

    /// <summary>Adds what Aspire leaves out: an orderly shutdown, restarts of crashed hosts, and a quiet console.</summary>
    public static void AddLifecycle(this IDistributedApplicationBuilder builder, AppHostRun run)
    {
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = ShutdownTimeout);
        builder.Services.AddSingleton(run);
        builder.Services.AddSingleton<StartFailure>();
        builder.Services.AddSingleton<ConsoleReport>();
        builder.Services.ConfigureHttpClientDefaults(http => http.AddHttpMessageHandler(() => new InstanceCheck(run.InstanceId, () => !run.IsReady)));

        if (!run.IsPublish && OrchestratorCertificate.IsSupported)
        {
#pragma warning disable ASPIRECERTIFICATES001 // the only way to hand DCP a certificate
            builder.Services.AddSingleton<IDeveloperCertificateService>(
                _ => OrchestratorCertificate.LoadOrCreate(Path.Combine(UserFolder.Location, "orchestrator.pem"), TimeProvider.System));
#pragma warning restore ASPIRECERTIFICATES001
        }

        // Stopped in the opposite order, and all of them before Aspire's own, which ends everything at once.
        builder.Services.AddSingleton<OrderlyShutdown>();
        builder.Services.AddHostedService(services => services.GetRequiredService<OrderlyShutdown>());
        builder.Services.AddHostedService<ReadyMessage>();
        builder.Services.AddHostedService<CrashedHostRestart>();
        builder.Services.AddHostedService<LostOrchestrator>();

        // The console is for a person: warnings in one line; everything is on the dashboard.
        builder.Services.AddLogging(logging => logging
            .ClearProviders()
            .AddSimpleConsole(console => console.SingleLine = true)
            .AddFilter(null, LogLevel.Warning)
            .AddFilter("Aspire.Hosting.Dcp.DcpHost", LogLevel.Error) // it warns of a development certificate, which nothing here uses
            .AddFilter("Microsoft", LogLevel.Error)
            .AddFilter("Microsoft.Extensions.Hosting.Internal.Host", level => level >= LogLevel.Error && !run.IsStopping) // an interrupted start is not an error
            .AddFilter("Microsoft.Extensions.Diagnostics.HealthChecks", LogLevel.None) // a start has many; the dashboard shows them
            .AddFilter("System", LogLevel.Error));
    }
}
