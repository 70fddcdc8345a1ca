using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using SaaS.Core.Paging;
using SaaS.Core.Persistence;
using SaaS.Core.SchemaMigration;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.SchemaMigration;

/// <summary>Tests the command <c>migrate</c> as an operator runs it, and the API's responses for the tenants in the meantime.</summary>
public sealed class MigrateTests(OwnCluster cluster) : IClassFixture<OwnCluster>
{
    [Fact]
    [Trait("PostgreSQL", "18")]
    public async Task Outdated_tenants_are_unavailable_until_migrated()
    {
        var (one, other) = (await cluster.CreateBehindAsync(), await cluster.CreateBehindAsync());
        Assert.Equal(("TENANT_SCHEMA_OUTDATED", "TENANT_SCHEMA_OUTDATED"), (await cluster.AskAsync(one), await cluster.AskAsync(other)));

        var run = await cluster.RunAsync("--parallel", "2");

        Assert.True(run.ExitCode == 0, run.Text);
        Assert.Equal(("200", "200"), (await cluster.AskAsync(one), await cluster.AskAsync(other)));
        Assert.Contains($"{one.Id}  migrated", run.Text, StringComparison.Ordinal);
        Assert.Contains("Every database is up to date.", (await cluster.RunAsync()).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_tenant_of_a_newer_build_is_unavailable_and_unchanged()
    {
        var tenant = await cluster.CreateBehindAsync();
        await cluster.SetVersionAsync(tenant, "99999999999999_Newer");

        Assert.Equal("TENANT_SCHEMA_OUTDATED", await cluster.AskAsync(tenant));
        Assert.Equal(0, (await cluster.RunAsync("--tenant", tenant.Id.ToString())).ExitCode);
        Assert.Contains("ahead", (await cluster.RunAsync("--history", "--tenant", tenant.Id.ToString())).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_concurrent_runs_migrate_each_tenant_once()
    {
        var tenants = await CreateBehindAsync(8);
        await using var obstacle = await cluster.ObstructAsync(tenants[0]);
        await using var first = cluster.Start("--parallel", "1");
        await cluster.BecomesAsync(tenants[0], "TENANT_MIGRATING");
        await using var second = cluster.Start("--parallel", "3");
        foreach (var tenant in tenants[1..])
        {
            await cluster.BecomesAsync(tenant, "200"); // the second run skips the tenant that the first is migrating
        }

        Assert.Equal("TENANT_MIGRATING", await cluster.AskAsync(tenants[0]));
        await obstacle.DisposeAsync();
        var runs = new[] { await first.EndAsync(), await second.EndAsync() };

        Assert.All(runs, run => Assert.True(run.ExitCode == 0, run.Text));
        Assert.All(tenants, tenant => Assert.Equal(1, runs.Sum(run => run.Count($"{tenant.Id}  migrated"))));
        Assert.Equal("200", await cluster.AskAsync(tenants[0]));
    }

    [Fact]
    public async Task A_failed_tenant_is_reported_and_blocks_no_other()
    {
        var (failing, other) = (await cluster.CreateBehindAsync(), await cluster.CreateBehindAsync());
        await cluster.InDatabaseAsync(failing.Database, "CREATE TABLE outbox (in_the_way int)");

        var run = await cluster.RunAsync("--tenant", failing.Id.ToString());
        var all = await cluster.RunAsync();

        Assert.True((run.ExitCode, all.ExitCode) == (1, 1), run.Text + all.Text);
        Assert.Contains($"{failing.Id}  failed", run.Text, StringComparison.Ordinal);
        Assert.Contains("relation \"outbox\" already exists", all.Text, StringComparison.Ordinal);
        Assert.Equal(("TENANT_SCHEMA_OUTDATED", "200"), (await cluster.AskAsync(failing), await cluster.AskAsync(other)));
        var history = await cluster.RunAsync("--history", "--tenant", failing.Id.ToString());
        Assert.Contains("failed | 42P07", history.Text, StringComparison.Ordinal);

        await cluster.InDatabaseAsync(failing.Database, "DROP TABLE outbox");
        Assert.Equal(0, (await cluster.RunAsync("--tenant", failing.Id.ToString())).ExitCode);
        Assert.Equal("200", await cluster.AskAsync(failing));
    }

    [Fact]
    [Trait("PostgreSQL", "18")]
    public async Task The_next_run_completes_a_killed_run()
    {
        var tenants = await CreateBehindAsync(3);
        await using (await cluster.ObstructAsync(tenants[1]))
        {
            await using var killed = cluster.Start("--parallel", "1");
            await cluster.BecomesAsync(tenants[1], "TENANT_MIGRATING");
            await killed.KillAsync();
        }

        await cluster.BecomesAsync(tenants[1], "TENANT_SCHEMA_OUTDATED");
        Assert.Equal(("200", "TENANT_SCHEMA_OUTDATED"), (await cluster.AskAsync(tenants[0]), await cluster.AskAsync(tenants[2])));

        var next = await cluster.RunAsync();
        Assert.True(next.ExitCode == 0, next.Text);
        Assert.Equal(0, next.Count($"{tenants[0].Id}  migrated"));
        Assert.All(await Task.WhenAll(tenants.Select(cluster.AskAsync)), answer => Assert.Equal("200", answer));
    }

    [Fact]
    public async Task Ctrl_C_finishes_the_current_tenant_and_starts_no_other()
    {
        var tenants = await CreateBehindAsync(3);
        await using var stopped = cluster.Start("--parallel", "1");
        await using (await cluster.ObstructAsync(tenants[0]))
        {
            await cluster.BecomesAsync(tenants[0], "TENANT_MIGRATING");
            await stopped.InterruptAsync();
        }

        var run = await stopped.EndAsync();
        Assert.True(run.ExitCode == 130, run.Text);
        Assert.Equal(("200", "TENANT_SCHEMA_OUTDATED"), (await cluster.AskAsync(tenants[0]), await cluster.AskAsync(tenants[2])));
        Assert.Equal(0, (await cluster.RunAsync()).ExitCode);
    }

    [Fact]
    public async Task A_single_tenant_can_be_migrated()
    {
        var (asked, other) = (await cluster.CreateBehindAsync(), await cluster.CreateBehindAsync());

        Assert.Equal(0, (await cluster.RunAsync("--tenant", asked.Id.ToString())).ExitCode);
        Assert.Equal(("200", "TENANT_SCHEMA_OUTDATED"), (await cluster.AskAsync(asked), await cluster.AskAsync(other)));
        await cluster.RunAsync();
    }

    [Fact]
    public async Task A_dry_run_prints_the_SQL_and_writes_nothing()
    {
        var tenant = await cluster.CreateBehindAsync();
        var before = await cluster.FingerprintAsync(tenant);

        var run = await cluster.RunAsync("--dry-run");

        Assert.True(run.ExitCode == 0, run.Text);
        Assert.Contains("CREATE TABLE documents", run.Text, StringComparison.Ordinal);
        Assert.Contains($"-- tenant {tenant.Id} is at {OwnCluster.Before}", run.Text, StringComparison.Ordinal);
        Assert.Equal(before, await cluster.FingerprintAsync(tenant));
        Assert.Equal(0, (await cluster.RunAsync()).ExitCode);
        Assert.NotEqual(before, await cluster.FingerprintAsync(tenant)); // proves that a change is detected
    }

    [Fact]
    public async Task A_dry_run_does_not_create_a_missing_control_database()
    {
        const string Control = "ConnectionStrings:saas-platform";
        var elsewhere = new NpgsqlConnectionStringBuilder(cluster.Setting(Control)) { Database = "not_made_yet" };
        await using var command = cluster.Start(new Dictionary<string, string?> { [Control] = elsewhere.ConnectionString }, "--dry-run");
        var run = await command.EndAsync();

        Assert.True(run.ExitCode == 0, run.Text);
        Assert.Contains("CREATE TABLE tenants", run.Text, StringComparison.Ordinal);
        Assert.Equal("0", await cluster.ReadAsync("postgres", "SELECT count(*) FROM pg_database WHERE datname = 'not_made_yet'"));
    }

    [Fact]
    public async Task The_history_and_the_operator_list_show_each_tenant_version()
    {
        var tenant = await cluster.CreateBehindAsync();
        var behind = await cluster.RunAsync("--history", "--tenant", tenant.Id.ToString());
        await cluster.RunAsync("--tenant", tenant.Id.ToString());
        var current = await cluster.RunAsync("--history", "--tenant", tenant.Id.ToString());

        Assert.Contains(OwnCluster.Before, behind.Text, StringComparison.Ordinal);
        Assert.Contains("behind", behind.Text, StringComparison.Ordinal);
        Assert.Contains(SchemaVersions.Tenant, current.Text, StringComparison.Ordinal);
        Assert.Contains("current", current.Text, StringComparison.Ordinal);
        Assert.Contains("Behind [1]", current.Text, StringComparison.Ordinal);

        await using var scope = cluster.Services.CreateAsyncScope();
        var list = scope.ServiceProvider.GetRequiredService<ListTenantMigrations>();
        Assert.False(
            !(await list.ReadPageAsync(new PageRequest { PerPage = 100 }, CancellationToken.None)).TryGetValue(out var page, out _)
        );
        var shown = Assert.Single(page.Items, item => item.TenantId == tenant.Id);
        Assert.Equal(
            (TenantSchemaState.Current, SchemaVersions.Tenant, shown.EndedAt),
            (shown.State, shown.SchemaVersion, shown.AppliedAt)
        );
        var totals = await list.CountAsync(CancellationToken.None);
        Assert.Equal(page.Pagination!.Total, totals.Current + totals.Behind + totals.Migrating + totals.Failed + totals.Ahead);
        Assert.NotEqual(0, totals.Current);
    }

    [Theory]
    [InlineData(0, "SaaS.Worker migrate [options]", "--help")]
    [InlineData(2, "'--tennant'", "--tennant")]
    [InlineData(2, "--tenant must be the id of a tenant.", "--tenant", "acme")]
    [InlineData(2, "--parallel must be 1 to 64.", "--parallel", "65")]
    [InlineData(2, "exclude each other", "--dry-run", "--history")]
    [InlineData(1, "There is no tenant 00000000-0000-7000-8000-000000000000.", "--tenant", "00000000-0000-7000-8000-000000000000")]
    [InlineData(
        1,
        "There is no tenant 00000000-0000-7000-8000-000000000000.",
        "--dry-run",
        "--tenant",
        "00000000-0000-7000-8000-000000000000"
    )]
    public async Task Each_command_line_returns_its_exit_code_and_message(int exitCode, string sentence, params string[] arguments)
    {
        var run = await cluster.RunAsync(arguments);

        Assert.True(run.ExitCode == exitCode, run.Text);
        Assert.Contains(sentence, run.Text, StringComparison.Ordinal);
    }

    private async Task<ClusterTenant[]> CreateBehindAsync(int count)
    {
        var tenants = new ClusterTenant[count];
        for (var index = 0; index < count; index++)
        {
            tenants[index] = await cluster.CreateBehindAsync();
        }

        return tenants;
    }
}
