using System.Globalization;
using System.Net.Http.Headers;

namespace SaaS.Benchmarks;

/// <summary>
/// A platform with many entries in each list that is not limited to a tenant: the lists of operators, and those of a user with as many
/// memberships, sessions and external identities.
/// </summary>
internal sealed class FilledPlatform
{
    private readonly SystemUnderMeasurement _system;
    private readonly AuthenticationHeaderValue _operator;
    private readonly Guid _tenant;

    private FilledPlatform(SystemUnderMeasurement system, AuthenticationHeaderValue @operator, Guid tenant) =>
        (_system, _operator, _tenant) = (system, @operator, tenant);

    /// <summary>The names and paths of the lists and of their filters; {0} is the tenant id.</summary>
    internal static IReadOnlyList<(string Name, string Path)> Lists { get; } =
    [
        ("own tenants", "/api/tenants"),
        ("own tenants, page 2", "/api/tenants?page=2&per_page=20"),
        ("own tenants, with those deleted", "/api/tenants?per_page=20&include_deleted=true"),
        ("own sessions", "/api/users/me/sessions"),
        ("own identities", "/api/auth/sso/identities?per_page=20"),
        ("a tenant's domains", "/api/tenants/{0}/sso/domains"),
        ("providers", "/api/tenants/sso/configs"),
        ("providers, enabled", "/api/tenants/sso/configs?only_enabled=true"),
        ("operators: tenants", "/api/admin/tenants"),
        ("operators: tenants by a common text", "/api/admin/tenants?search=motor"),
        ("operators: tenants by a rare text", "/api/admin/tenants?search=zyxw"),
        ("operators: users", "/api/admin/users"),
        ("operators: users by a common text", "/api/admin/users?search=person"),
        ("operators: users by a rare text", "/api/admin/users?search=zyxw"),
        ("operators: users, inactive", "/api/admin/users?is_active=false"),
        ("operators: audit", "/api/admin/audit"),
        ("operators: audit of a tenant", "/api/admin/audit?tenant_id={0}"),
        ("operators: usage", "/api/admin/usage"),
        ("operators: usage of a tenant", "/api/admin/usage?tenant_id={0}"),
        ("operators: dead letters", "/api/admin/events/dead"),
        ("operators: dead letters of a type", "/api/admin/events/dead?type=rare"),
        ("operators: dead letters of a consumer", "/api/admin/events/dead?consumer=rare"),
        ("operators: dead letters of a tenant", "/api/admin/events/dead?tenant_id={0}"),
        ("operators: job runs", "/api/admin/jobs/runs"),
        ("operators: runs of a job", "/api/admin/jobs/runs?job=rare"),
        ("operators: runs that failed", "/api/admin/jobs/runs?outcome=failed"),
        ("operators: runs of a job that failed", "/api/admin/jobs/runs?job=common&outcome=failed"),
        ("operators: jobs", "/api/admin/jobs"),
        ("operators: migrations", "/api/admin/migrations"),
    ];

    internal static async Task<FilledPlatform> CreateAsync(SystemUnderMeasurement system, HttpClient http, int count, CancellationToken ct)
    {
        var account = await Account.RegisterAsync(http, system.Api, ct);
        await ExecuteAsync($"UPDATE users SET is_platform_admin = true WHERE email = '{account.Email}'");
        var tenants = await Tenants.StartAsync(http, system, account, ct);
        var tenant = await tenants.CreateAsync(ct);
        await ExecuteAsync(CreateFillStatements(count, tenant, account.Email));
        await ExecuteAsync("VACUUM ANALYZE");
        return new FilledPlatform(system, tenants.Owner, tenant);

        Task ExecuteAsync(string sql) => system.ExecuteAsync(system.ControlDatabase, sql, ct);
    }

    internal HttpRequestMessage CreateRequest(string path) =>
        new(HttpMethod.Get, new Uri(_system.Api, path.Replace("{0}", _tenant.ToString(), StringComparison.Ordinal)))
        {
            Headers = { Authorization = _operator },
        };

    /// <summary>Creates the statements that fill the lists.</summary>
    /// <param name="count">The number of entries of each list.</param>
    /// <param name="tenant">The tenant of the user with this address.</param>
    /// <param name="email">The address of the user whose lists are filled.</param>
    internal static string CreateFillStatements(int count, Guid tenant, string email) =>
        Fill.Replace("$count", count.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
            .Replace("$tenant", tenant.ToString(), StringComparison.Ordinal)
            .Replace("$email", email, StringComparison.Ordinal);

    // The three oldest entries are the rare ones, so that a scan from the newest entry reads all others.
    private const string Fill = """
        SET synchronous_commit = off;
        UPDATE tenants SET created_at = created_at - interval '10 years'; -- their members are counted, and one has 400,000
        INSERT INTO tenants SELECT made.* FROM tenants model, generate_series(1, $count) n, LATERAL jsonb_populate_record(model, jsonb_build_object(
            'id', gen_random_uuid(), 'name', CASE WHEN n > $count - 3 THEN 'Zyxw ' ELSE 'Motor works ' END || n, 'database_name', 'tenant_' || n, 'database_role', 'tenant_' || n,
            'created_at', now() - n * interval '1 minute')) made WHERE model.id = '$tenant';
        INSERT INTO memberships (user_id, tenant_id, role, joined_at)
            SELECT u.id, t.id, 'Viewer', t.created_at FROM tenants t, users u WHERE u.email = '$email' AND t.id <> '$tenant' AND t.database_name ~ '^tenant_\d+$';
        INSERT INTO tenant_migrations (tenant_id, target_version, state, started_at, ended_at)
            SELECT id, schema_version, 'Done', created_at, created_at FROM tenants WHERE database_name ~ '^tenant_\d+$';
        INSERT INTO sso_configurations (tenant_id, id, provider_tenant_id, client_id, encrypted_client_secret, client_secret_hash, is_enabled, provisions, default_role, syncs_attributes,
            allowed_email_domains, allowed_groups, group_roles, created_by, created_at, updated_at)
            SELECT id, gen_random_uuid(), 'contoso.com', gen_random_uuid(), '', '', name LIKE 'Zyxw%', false, 'Viewer', true, '{}', '{}', '{}', created_by, created_at, created_at
            FROM tenants WHERE database_name ~ '^tenant_\d+$';
        INSERT INTO sso_identities (id, tenant_id, user_id, directory_id, object_id, last_sync_at, created_at, refresh_failures)
            SELECT gen_random_uuid(), t.id, u.id, gen_random_uuid(), gen_random_uuid(), t.created_at, t.created_at, 0
            FROM tenants t, users u WHERE u.email = '$email' AND t.database_name ~ '^tenant_\d+$';
        INSERT INTO sso_domains (tenant_id, domain, token, created_by, created_at)
            SELECT '$tenant', 'd' || n || '.example.com', n, gen_random_uuid(), now() FROM generate_series(1, $count) n;
        INSERT INTO sessions SELECT made.* FROM sessions model, users u, generate_series(1, $count) n, LATERAL jsonb_populate_record(model, jsonb_build_object(
            'id', gen_random_uuid(), 'last_used_at', now() - n * interval '1 second')) made WHERE model.user_id = u.id AND u.email = '$email';
        INSERT INTO users (id, first_name, last_name, email, is_active, created_at, updated_at)
            SELECT gen_random_uuid(), CASE WHEN n > $count - 3 THEN 'Zyxw' ELSE 'Person' END, n::text, 'somebody-' || n || '@people.example', n <= $count - 3, now() - n * interval '1 minute', now()
            FROM generate_series(1, $count) n;
        INSERT INTO audit_entries (id, occurred_at, tenant_id, actor, action, subject_type, subject_id)
            SELECT gen_random_uuid(), now() - n * interval '1 minute', CASE WHEN n % 2 = 0 THEN '$tenant'::uuid END, 'job:test', 'member.added', 'member', gen_random_uuid() FROM generate_series(1, $count) n;
        INSERT INTO usage_reports (day, tenant_id, members, documents, storage_bytes, reported_at) SELECT current_date, id, 3, 40, 1000000, now() FROM tenants;
        INSERT INTO usage_totals (day, tenants, members, documents, storage_bytes) SELECT day, count(*), sum(members), sum(documents), sum(storage_bytes) FROM usage_reports GROUP BY day;
        INSERT INTO dead_letters (event_id, consumer, tenant_id, type, envelope, error, attempts, failed_at)
            SELECT gen_random_uuid(), CASE WHEN n > $count - 3 THEN 'rare' ELSE 'common' END, CASE WHEN n > $count - 3 THEN '$tenant'::uuid ELSE gen_random_uuid() END,
                CASE WHEN n > $count - 3 THEN 'rare' ELSE 'common' END, '{}', 'It could not be done.', 10, now() - n * interval '1 minute' FROM generate_series(1, $count) n;
        INSERT INTO job_runs (id, job, host, started_at, ended_at, outcome)
            SELECT gen_random_uuid(), CASE WHEN n % 2 = 0 THEN 'other' WHEN n > $count - 10 THEN 'rare' ELSE 'common' END, 'host', now() - n * interval '1 minute', now() - n * interval '1 minute',
                CASE WHEN n > $count - 20 THEN 'Failed' ELSE 'Succeeded' END FROM generate_series(1, $count) n
        """;
}
