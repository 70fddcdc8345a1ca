using Microsoft.EntityFrameworkCore;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Paging;

/// <summary>
/// Tests that operators' lists of rare entries use an index. PostgreSQL prefers sequential scans of small test tables unless they are
/// disabled.
/// </summary>
public sealed class ListIndexTests(SaaSApp app)
{
    private const string Connection = "ConnectionStrings:saas-platform";

    [Theory]
    [InlineData("/api/admin/tenants?search=zyxw", "ix_tenants_name_search")]
    [InlineData("/api/admin/users?search=zyxw", "ix_users_email_search")]
    [InlineData("/api/admin/users?search=zyxw", "ix_users_name_search")]
    [InlineData("/api/admin/users?is_active=false", "ix_users_inactive")]
    [InlineData("/api/admin/operators", "ix_users_operators")]
    [InlineData("/api/admin/jobs/runs?outcome=failed", "ix_job_runs_outcome_started_at_id")]
    [InlineData("/api/admin/events/dead?type=rare", "ix_dead_letters_type_failed_at_event_id_consumer")]
    [InlineData("/api/admin/events/dead?consumer=rare", "ix_dead_letters_consumer_failed_at_event_id")]
    [InlineData(
        "/api/admin/events/dead?tenant_id=11111111-1111-4111-8111-111111111111",
        "ix_dead_letters_tenant_id_failed_at_event_id_consumer"
    )]
    [InlineData("/api/tenants/sso/configs?only_enabled=true", "ix_sso_configurations_enabled")]
    public async Task A_list_of_rare_entries_uses_an_index(string path, string index)
    {
        var user = await TestUser.OperatorAsync(app);
        await using var api = app.StartApi(WithoutSequentialScans());
        using var http = api.NewClient(user.AccessToken);
        var before = await CountScansAsync(index);
        using var listed = await http.GetAsync(path);

        Assert.Equal(HttpStatusCode.OK, listed.StatusCode);
        await UsesAsync(index, before);
    }

    [Theory]
    [InlineData("/api/tenants?page=2", "ix_tenants_inactive")]
    [InlineData("/api/tenants?page=2&include_deleted=true", "ix_tenants_unfinished")]
    public async Task The_total_of_own_tenants_uses_an_index_of_those_omitted(string path, string index)
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        await using var api = app.StartApi(WithoutSequentialScans());
        using var http = api.NewClient(tenant.Admin.AccessToken);
        var before = await CountScansAsync(index);
        using var listed = await http.GetAsync(path);

        Assert.Equal(1, (await listed.ReadAsync(HttpStatusCode.OK)).GetProperty("pagination").GetProperty("total").GetInt32());
        await UsesAsync(index, before);
    }

    [Fact]
    public async Task The_poll_of_unfinished_tenants_uses_an_index()
    {
        const string Index = "ix_tenants_unfinished";
        var before = await CountScansAsync(Index);
        await using var worker = app.NewWorker(WithoutSequentialScans());
        worker.Start(); // polls at its start

        await UsesAsync(Index, before);
    }

    private Dictionary<string, string?> WithoutSequentialScans() =>
        new()
        {
            [Connection] = $"{app.Setting(Connection)};Options=-c enable_seqscan=off -c enable_indexscan=off -c enable_indexonlyscan=off",
        };

    // PostgreSQL publishes its statistics with a delay.
    private Task UsesAsync(string index, long before) =>
        Eventually.HoldsAsync(async () => await CountScansAsync(index) > before, $"{index} is not read");

    private Task<long> CountScansAsync(string index) =>
        app.InControlAsync(db =>
            db.Database.SqlQuery<long>(
                    $"""SELECT coalesce(max(idx_scan), 0) AS "Value" FROM pg_stat_user_indexes WHERE indexrelname = {index}"""
                )
                .SingleAsync()
        );
}
