using System.Runtime.InteropServices;
using SaaS.Core;
using SaaS.Core.SchemaMigration;
using Spectre.Console;

namespace SaaS.Worker;

/// <summary><c>migrate</c>: parses the arguments, migrates, and prints a report with an exit code.</summary>
internal static class MigrateCommand
{
    public static async Task<int> RunAsync(string[] arguments, CommandHost command)
    {
        if (MigrateArguments.TryParse(arguments, out var complaint) is not { } parsed)
        {
            return await Commands.PrintAsync($"{complaint}\n{MigrateArguments.Usage}", Commands.InvalidArguments);
        }

        if (parsed.IsHelp)
        {
            return await Commands.PrintAsync(MigrateArguments.Usage, Commands.Success);
        }

        var builder = command.CreateBuilder();
        var output = new MigrateOutput(AnsiConsole.Console);
        if (output.IsTerminal)
        {
            // Logs would break the progress bar; the table shows failures.
            builder.Logging.AddFilter(typeof(MigrationReport).Namespace, LogLevel.None);
        }

        using var host = CommandHost.Build(builder);
        using var stopping = new CancellationTokenSource();
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, signal => Stop(signal, stopping));
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal => Stop(signal, stopping));
        try
        {
            return parsed switch
            {
                { IsDryRun: true } => await PlanAsync(host.Services, parsed, output, stopping.Token),
                { IsHistory: true } => await ShowHistoryAsync(host.Services, parsed, output, stopping.Token),
                _ => await MigrateAsync(host.Services, parsed, output, stopping.Token),
            };
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            return Commands.Stopped;
        }
    }

    private static async Task<int> MigrateAsync(
        IServiceProvider services,
        MigrateArguments parsed,
        MigrateOutput output,
        CancellationToken stopping
    )
    {
        var request = new MigrationRequest(parsed.Tenant, parsed.Parallel);
        var report = await output.FollowAsync(progress => services.MigrateSaaSDatabasesAsync(request, progress, stopping));
        if (report.IsUnknownTenant)
        {
            return UnknownTenant(parsed.Tenant);
        }

        output.Summarize(report);
        return report switch
        {
            { WasStopped: true } => Commands.Stopped,
            { Last.Failed: > 0 } => Commands.Failed,
            _ => Commands.Success,
        };
    }

    private static async Task<int> PlanAsync(
        IServiceProvider services,
        MigrateArguments parsed,
        MigrateOutput output,
        CancellationToken stopping
    )
    {
        if (await services.PlanSaaSMigrationAsync(parsed.Tenant, stopping) is not { } plan)
        {
            return UnknownTenant(parsed.Tenant);
        }

        output.Show(plan);
        return Commands.Success;
    }

    private static async Task<int> ShowHistoryAsync(
        IServiceProvider services,
        MigrateArguments parsed,
        MigrateOutput output,
        CancellationToken stopping
    )
    {
        var history = await services.ListSaaSMigrationsAsync(parsed.Tenant, stopping);
        if (parsed.Tenant is not null && history.Count == 0)
        {
            return UnknownTenant(parsed.Tenant);
        }

        output.Show(history);
        return Commands.Success;
    }

    private static int UnknownTenant(Guid? tenant)
    {
        Console.Error.WriteLine($"There is no tenant {tenant}.");
        return Commands.Failed;
    }

    // The first signal lets the started tenants finish; the second ends the process at once, which loses nothing either.
    private static void Stop(PosixSignalContext signal, CancellationTokenSource stopping)
    {
        signal.Cancel = !stopping.IsCancellationRequested;
        stopping.Cancel();
    }
}
