using System.Globalization;
using SaaS.Core.SchemaMigration;
using Spectre.Console;

namespace SaaS.Worker.Commands;

/// <summary>Shows a migration as progress bar and tables on a terminal, and as plain lines in a file or a pipe.</summary>
internal sealed class MigrateOutput
{
    private const int PlainWidth = 400;

    private readonly IAnsiConsole _console;

    public MigrateOutput(IAnsiConsole console)
    {
        _console = console;
        if (!IsTerminal)
        {
            console.Profile.Width = PlainWidth; // a log has no line length
        }
    }

    public bool IsTerminal => _console.Profile.Capabilities is { Ansi: true, Interactive: true };

    /// <summary>Shows the progress of a run.</summary>
    public Task<MigrationReport> FollowAsync(Func<Action<MigrationStep>, Task<MigrationReport>> run) =>
        IsTerminal
            ? _console
                .Progress()
                .HideCompleted(false)
                .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
                .StartAsync(bars =>
                {
                    var bar = bars.AddTask("control database", maxValue: 1);
                    return run(step =>
                    {
                        bar.MaxValue = Math.Max(step.Total, 1);
                        bar.Value = step.Total == 0 ? 1 : step.Done + step.Failed;
                        bar.Description = $"tenants: {step.Done} done, {step.Failed} failed, {step.Remaining} remaining";
                    });
                })
            : run(step =>
            {
                if (step.Latest is { } tenant)
                {
                    Line($"{step.Total - step.Remaining}/{step.Total}  {tenant.Id}  {ToText(tenant.Outcome)}");
                }
            });

    public void Summarize(MigrationReport report)
    {
        if (report.Failures.Count > 0)
        {
            var table = NewTable("tenant", "name", "error");
            foreach (var failure in report.Failures)
            {
                AddRow(table, failure.Id.ToString(), failure.Name, failure.Error ?? "");
            }

            _console.Write(table);
        }

        var (total, done, failed, _) = report.Last;
        Line(
            total == 0
                ? "Every database is up to date."
                : $"{done} tenants migrated, {failed} failed, {report.Last.Remaining} remaining.{(report.WasStopped ? " Stopped; run it again to go on." : "")}"
        );
    }

    public void Show(MigrationPlan plan)
    {
        foreach (var change in plan.Changes)
        {
            Line($"-- {change.Database}: {change.From ?? "nothing"} -> {change.To}");
            Line(change.Script);
        }

        foreach (var tenant in plan.Behind)
        {
            Line($"-- tenant {tenant.Id} is at {tenant.SchemaVersion}");
        }

        Line(
            plan.Changes.Count == 0
                ? "-- Every database is up to date."
                : $"-- Nothing was written. {plan.Behind.Count} tenants are behind."
        );
    }

    public void Show(IReadOnlyList<TenantMigrationView> history)
    {
        var table = NewTable("tenant", "name", "version", "since (UTC)", "state", "error");
        foreach (var tenant in history)
        {
            AddRow(
                table,
                tenant.TenantId.ToString(),
                tenant.TenantName,
                tenant.SchemaVersion,
                tenant.AppliedAt.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture),
                tenant.State.ToString().ToLowerInvariant(),
                tenant.Error ?? ""
            );
        }

        _console.Write(table);
    }

    private static string ToText(MigrationOutcome outcome) =>
        outcome switch
        {
            MigrationOutcome.Migrated => "migrated",
            MigrationOutcome.DoneElsewhere => "done elsewhere",
            MigrationOutcome.Failed => "failed",
        };

    private Table NewTable(params string[] columns)
    {
        var table = new Table().AddColumns(columns);
        return IsTerminal ? table.RoundedBorder() : table.AsciiBorder();
    }

    // Text, not markup: a name may contain brackets.
    private static void AddRow(Table table, params string[] cells) => table.AddRow(cells.Select(cell => new Text(cell)));

    private void Line(string line) => _console.Profile.Out.Writer.WriteLine(line);
}
