using System.Runtime.InteropServices;
using SaaS.Core;
using SaaS.Core.SchemaMigration;
using Spectre.Console;

namespace SaaS.Worker;

/// <summary><c>migrate</c>: parses, asks Core, and turns its report into lines and an exit code.</summary>
internal static class MigrateCommand
{
    public static async Task<int> RunAsync(string[] arguments, CommandHost command)
    {
        if (MigrateArguments.TryParse(arguments, out var complaint) is not { } asked)
        {
            return await Commands.ExplainAsync($"{complaint}\n{MigrateArguments.Usage}", Commands.NotUnderstood);
        }

        if (asked.IsHelp)
        {
            return await Commands.ExplainAsync(MigrateArguments.Usage, Commands.Done);
        }

        var builder = command.CreateBuilder();
        var output = new MigrateOutput(AnsiConsole.Console);
        if (output.IsTerminal)
        {
            builder.Logging.AddFilter(typeof(MigrationReport).Namespace, LogLevel.None); // it would write across the bar; the table says what failed
        }

        using var host = CommandHost.Build(builder);
        using var stopping = new CancellationTokenSource();
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, signal => Stop(signal, stopping));
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal => Stop(signal, stopping));
        try
        {
            return asked switch
            {
                { IsDryRun: true } => await PlanAsync(host.Services, asked, output, stopping.Token),
                { IsHistory: true } => await ShowHistoryAsync(host.Services, asked, output, stopping.Token),
                _ => await MigrateAsync(host.Services, asked, output, stopping.Token),
            };
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            return Commands.Stopped;
        }
    }

    private static async Task<int> MigrateAsync(IServiceProvider services, MigrateArguments asked, MigrateOutput output, CancellationToken stopping)
    {
        var request = new MigrationRequest(asked.Tenant, asked.Parallel);
        var report = await output.FollowAsync(progress => services.MigrateSaaSDatabasesAsync(request, progress, stopping));
        if (report.IsUnknownTenant)
        {
            return UnknownTenant(asked.Tenant);
        }

        output.Summarize(report);
        return report switch
        {
            { WasStopped: true } => Commands.Stopped,
            { Last.Failed: > 0 } => Commands.SomeFailed,
            _ => Commands.Done,
        };
    }

    private static async Task<int> PlanAsync(IServiceProvider services, MigrateArguments asked, MigrateOutput output, CancellationToken stopping)
    {
        if (await services.PlanSaaSMigrationAsync(asked.Tenant, stopping) is not { } plan)
        {
            return UnknownTenant(asked.Tenant);
        }

        output.Show(plan);
        return Commands.Done;
    }

    private static async Task<int> ShowHistoryAsync(IServiceProvider services, MigrateArguments asked, MigrateOutput output, CancellationToken stopping)
    {
        var history = await services.ListSaaSMigrationsAsync(asked.Tenant, stopping);
        if (asked.Tenant is not null && history.Count == 0)
        {
            return UnknownTenant(asked.Tenant);
        }

        output.Show(history);
        return Commands.Done;
    }

    private static int UnknownTenant(Guid? tenant)
    {
        Console.Error.WriteLine($"There is no tenant {tenant}.");
        return Commands.SomeFailed;
    }

    // The first time the tenants that are begun are finished; the second time the process ends at once, which loses nothing either.
    private static void Stop(PosixSignalContext signal, CancellationTokenSource stopping)
    {
        signal.Cancel = !stopping.IsCancellationRequested;
        stopping.Cancel();
    }
}
