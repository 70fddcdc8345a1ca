using System.Globalization;
using System.Text.Json;
using Npgsql;

namespace SaaS.Benchmarks;

/// <summary>
/// A page of 20 audit entries of a tenant with 400,000 entries in each of its two databases: the newest by page number, and one in the
/// middle by cursor.
/// </summary>
internal static class AuditPages
{
    private const int Many = 400_000;
    private const int Few = 400;
    private const int PerRound = 200;

    internal static readonly Figure Figure = new(
        "audit-page",
        "p95 of a page of audit entries by cursor, in the middle of 400,000 ÷ of 400",
        "ms",
        Goal.AtMost(2),
        MeasureAsync
    );

    private static async Task<Measured> MeasureAsync(SystemUnderMeasurement system, CancellationToken ct)
    {
        using var http = system.NewClient();
        var tenants = await Tenants.StartAsync(http, system, ct);
        var (large, small) = (await tenants.CreateAsync(ct), await tenants.CreateAsync(ct));
        var databases = await system.TenantDatabasesAsync(ct);
        foreach (var (tenant, count) in new[] { (large, Many), (small, Few) })
        {
            await FillAsync(system, databases[tenant], tenant, count, ct);
            await FillAsync(system, "saas_platform", tenant, count, ct);
        }

        var (largeCursor, smallCursor) = (await FindMiddleAsync(large), await FindMiddleAsync(small));
        foreach (
            var (name, tenant, query) in new[]
            {
                ("page 1 of 400", small, ""),
                ("page 1 of 400,000", large, ""),
                ("by cursor in 400,000", large, $"&cursor={largeCursor}"),
                ("a rare action in 400,000", large, "&action=tenant.created"),
                ("a common action in 400,000", large, "&action=document.updated"),
                ("a type of subject in 400,000", large, "&subject_type=document"),
            }
        )
        {
            var p95 = Numbers.Percentile(await Load.OneByOneAsync(http, _ => Ask(tenant, query), PerRound, ct), 0.95);
            await system.Progress.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"  {name}: p95 {p95:0.0} ms"));
        }

        return await Rounds.InterleaveAsync(
            ours: async it =>
                Numbers.Percentile(await Load.OneByOneAsync(http, _ => Ask(large, $"&cursor={largeCursor}"), PerRound, it), 0.95),
            anchor: async it =>
                Numbers.Percentile(await Load.OneByOneAsync(http, _ => Ask(small, $"&cursor={smallCursor}"), PerRound, it), 0.95),
            system,
            ct
        );

        HttpRequestMessage Ask(Guid tenant, string query)
        {
            var request = tenants.CreateListRequest(system.Api, tenant);
            request.RequestUri = new Uri(system.Api, $"/api/tenants/{tenant}/audit?per_page=20{query}");
            return request;
        }

        async Task<string> FindMiddleAsync(Guid tenant)
        {
            using var request = Ask(tenant, tenant == large ? "&to=2026-01-01T00:00:00Z" : "");
            using var answer = await http.SendAsync(request, ct);
            answer.EnsureSuccessStatusCode();
            using var body = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(ct));
            return body.RootElement.GetProperty("data").GetProperty("next_cursor").GetString()!;
        }
    }

    // Inserts entries directly into the databases, one per minute back from the end of June 2026.
    private static async Task FillAsync(SystemUnderMeasurement system, string database, Guid tenant, int count, CancellationToken ct)
    {
        await using var connection = await system.OpenAsync(database, ct);
        await using var fill = new NpgsqlCommand(
            """
            SET synchronous_commit = off;
            INSERT INTO audit_entries (id, occurred_at, tenant_id, actor, action, subject_type, subject_id, details)
            SELECT gen_random_uuid(), '2026-06-30Z'::timestamptz - n * interval '1 minute', '$tenant', 'user:' || md5((n % 50)::text)::uuid, 'document.updated', 'document', gen_random_uuid(), '{"filename": {"from": "a.pdf", "to": "b.pdf"}}'
            FROM generate_series(1, $count) n;
            ANALYZE audit_entries
            """.Replace("$count", count.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal).Replace(
                "$tenant",
                tenant.ToString(),
                StringComparison.Ordinal
            ),
            connection
        );
        fill.CommandTimeout = 0;
        await fill.ExecuteNonQueryAsync(ct);
    }
}
