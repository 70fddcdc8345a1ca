using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Hosting;
using SaaS.LocalServices;

namespace SaaS.AppHost.Lifecycle;

/// <summary>Prints the addresses when every host is ready, and publishes the settings of the stack for commands.</summary>
internal sealed class ReadyMessage(
    DistributedApplicationModel model,
    ResourceNotificationService notifications,
    AppHostRun run,
    TimeProvider clock
) : BackgroundService
{
    // Variables that are specific to one process of this run, which a command must not inherit.
    private static readonly string[] ProcessVariables =
    [
        "OTEL_",
        "ASPNETCORE_URLS",
        "Metrics__",
        "DOTNET_ROOT",
        "DOTNET_SYSTEM_",
        "Health__",
        "services__",
        "LOGGING__",
        "Logging__",
    ];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var hosts = model.Resources.OfType<ProjectResource>().Where(host => host.TryGetAnnotationsOfType<HealthCheckAnnotation>(out _));
        await Task.WhenAll(
            hosts.Select(host =>
                notifications.WaitForResourceHealthyAsync(host.Name, WaitBehavior.WaitOnResourceUnavailable, stoppingToken)
            )
        );
        run.IsReady = true;
        RunningStacks.Publish(run.Data!, GetSettings("worker"));
        using var process = Process.GetCurrentProcess();
        Console.Out.WriteLine(FormatMessage(clock.GetUtcNow() - process.StartTime.ToUniversalTime()));
    }

    private Dictionary<string, string> GetSettings(string host)
    {
        var snapshot = notifications.TryGetCurrentState(host, out var state)
            ? state.Snapshot
            : throw new InvalidOperationException($"{host} has no state.");
        return snapshot
            .EnvironmentVariables.Where(variable =>
                variable.IsFromSpec
                && variable.Value is not null
                && !Array.Exists(ProcessVariables, prefix => variable.Name.StartsWith(prefix, StringComparison.Ordinal))
            )
            .ToDictionary(variable => variable.Name, variable => variable.Value!);
    }

    private string FormatMessage(TimeSpan took)
    {
        var data = run.Data!;
        var kind = run.IsFirstStart ? ", first start" : "";
        List<(string Label, string Value)> lines =
        [
            ("Dashboard", $"http://localhost:{run.Ports.Dashboard}/login?t={run.Keys!.DashboardToken}"),
            ("API", run.ApiAddress),
            ("Scalar", $"{run.ApiAddress}/api/docs"),
            ("Jobs", $"http://localhost:{run.Ports.Scheduler}/jobs"),
            ("Mails", data.Mail),
            ("Data", data.Root),
        ];
        if (run.Options.EntraStandIn)
        {
            lines.Add(("Entra", $"{run.EntraAddress}/stand-in lists who can sign in, and the settings of a tenant"));
        }

        lines.Add(("Next", $"dotnet run --project SaaS.Worker -- init --create-admin --create-test-tenant{DataOption(data)}"));
        return string.Create(CultureInfo.InvariantCulture, $"Ready in {took.TotalSeconds:0.0} s{kind}")
            + string.Concat(lines.Select(line => $"{Environment.NewLine}  {line.Label.PadRight(10)} {line.Value}"));
    }

    // A command needs --data when the folder is not the default.
    private static string DataOption(DataFolder data) =>
        data.Root == new AppHostOptions().DataFolder ? ""
        : data.Root.All(character => char.IsAsciiLetterOrDigit(character) || "/\\:._-+".Contains(character, StringComparison.Ordinal))
            ? $" --data {data.Root}"
        : OperatingSystem.IsWindows() ? $" --data \"{data.Root}\""
        : $" --data '{data.Root.Replace("'", @"'\''", StringComparison.Ordinal)}'";
}
