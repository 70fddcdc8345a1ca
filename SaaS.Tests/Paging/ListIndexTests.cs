using Microsoft.EntityFrameworkCore;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Paging;

/// <summary>
/// Tests that operators' lists of rare entries use an index. PostgreSQL prefers sequential scans of small test tables unless they are
/// disabled.
/// </summary>
public sealed class ListIndexTests(SaaSApp app)
{
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
        const string Connection = "ConnectionStrings:saas-platform";
        var user = await TestUser.OperatorAsync(app);
        await using var api = app.StartApi(
            new()
            {
                [Connection] =
                    $"{app.Setting(Connection)};Options=-c enable_seqscan=off -c enable_indexscan=off -c enable_indexonlyscan=off",
            }
        );
        using var http = api.NewClient(user.AccessToken);
        var before = await CountAsync();
        using var listed = await http.GetAsync(path);

        Assert.Equal(HttpStatusCode.OK, listed.StatusCode);
        await Eventually.HoldsAsync(async () => await CountAsync() > before, $"{index} is not read");

        // PostgreSQL publishes its statistics with a delay.
        Task<long> CountAsync() =>
            app.InControlAsync(db =>
                db.Database.SqlQuery<long>(
                        $"""SELECT coalesce(max(idx_scan), 0) AS "Value" FROM pg_stat_user_indexes WHERE indexrelname = {index}"""
                    )
                    .SingleAsync()
            );
    }
}
