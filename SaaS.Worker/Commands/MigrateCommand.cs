using System.CommandLine;
using System.Runtime.InteropServices;
using SaaS.Core.SchemaMigration;
using Spectre.Console;

namespace SaaS.Worker.Commands;

/// <summary>
/// <c>migrate</c>: migrates every database to this version, and prints a report with an exit code. It can be repeated and run
/// concurrently.
/// </summary>
internal static class MigrateCommand
{
    private static readonly Option<Guid?> Tenant = new("--tenant")
    {
        Description = "migrate no other tenant than this one",
        HelpName = "ID",
        CustomParser = result =>
        {
            if (Guid.TryParse(result.Tokens[0].Value, out var id))
            {
                return id;
            }

            result.AddError("--tenant must be the id of a tenant.");
            return null;
        },
    };

    private static readonly Option<int> Parallel = IntegerOption.Create(
        "--parallel",
        $"number of tenants that are migrated concurrently, 1 to {MigrationRequest.MaxParallel}",
        "N",
        preset: MigrationRequest.DefaultParallel,
        max: MigrationRequest.MaxParallel
    );

    private static readonly Option<bool> DryRun = new("--dry-run")
    {
        Description = "write nothing; print the SQL that would run, and the tenants that are behind",
    };

    private static readonly Option<bool> History = new("--history")
    {
        Description = "write nothing; print each tenant's version, when it was applied, and the result of the last attempt",
    };

    public static Command Create()
    {
        var command = new Command("migrate", "Migrate the control database, the template for new tenants, and every tenant to this version")
        {
            Tenant,
            Parallel,
            DryRun,
            History,
        };
        command.Validators.Add(result =>
        {
            if (result.GetValue(DryRun) && result.GetValue(History))
            {
                result.AddError("--dry-run and --history exclude each other.");
            }
        });
        command.SetAction((parsed, _) => RunAsync(parsed));
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed)
    {
        var builder = CommandHost.CreateBuilder(parsed);
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
            var request = new MigrationRequest(parsed.GetValue(Tenant), parsed.GetValue(Parallel));
            return parsed.GetValue(DryRun) ? await PlanAsync(host.Services, request, output, stopping.Token)
                : parsed.GetValue(History) ? await ShowHistoryAsync(host.Services, request, output, stopping.Token)
                : await MigrateAsync(host.Services, request, output, stopping.Token);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            return ExitCode.Stopped;
        }
    }

    private static async Task<int> MigrateAsync(
        IServiceProvider services,
        MigrationRequest request,
        MigrateOutput output,
        CancellationToken stopping
    )
    {
        var report = await output.FollowAsync(progress => services.MigrateDatabasesAsync(request, progress, stopping));
        if (report.IsUnknownTenant)
        {
            return UnknownTenant(request.TenantId);
        }

        output.Summarize(report);
        return report switch
        {
            { WasStopped: true } => ExitCode.Stopped,
            { Last.Failed: > 0 } => ExitCode.Failed,
            _ => ExitCode.Success,
        };
    }

    private static async Task<int> PlanAsync(
        IServiceProvider services,
        MigrationRequest request,
        MigrateOutput output,
        CancellationToken stopping
    )
    {
        if (await services.PlanMigrationAsync(request.TenantId, stopping) is not { } plan)
        {
            return UnknownTenant(request.TenantId);
        }

        output.Show(plan);
        return ExitCode.Success;
    }

    private static async Task<int> ShowHistoryAsync(
        IServiceProvider services,
        MigrationRequest request,
        MigrateOutput output,
        CancellationToken stopping
    )
    {
        var history = await services.ListTenantMigrationsAsync(request.TenantId, stopping);
        if (request.TenantId is not null && history.Count == 0)
        {
            return UnknownTenant(request.TenantId);
        }

        output.Show(history);
        return ExitCode.Success;
    }

    private static int UnknownTenant(Guid? tenant)
    {
        Console.Error.WriteLine($"There is no tenant {tenant}.");
        return ExitCode.Failed;
    }

    // The first signal lets the started tenants finish; the second ends the process at once, which loses nothing either.
    private static void Stop(PosixSignalContext signal, CancellationTokenSource stopping)
    {
        signal.Cancel = !stopping.IsCancellationRequested;
        stopping.Cancel();
    }
}
