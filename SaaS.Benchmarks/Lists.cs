using System.Globalization;
using System.Text.Json;

namespace SaaS.Benchmarks;

/// <summary>
/// A page of each list with 400,000 and with 400 entries: tenant lists in two tenants, and platform lists in two systems.
/// </summary>
internal static class Lists
{
    private const int Many = 400_000;
    private const int Few = 400;
    private const int PerRound = 200;
    private const int Passes = 3;

    internal static readonly Figure Figure = new(
        "lists",
        "p95 of a page of 20, of 400,000 entries ÷ of 400, of the list where that is most",
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
            await GeneratedDocuments.FillAsync(system, databases[tenant], count, ct);
            await system.ExecuteAsync(databases[tenant], FilesOf(count), ct);
            await system.ExecuteAsync(system.ControlDatabase, MembersOf(tenant, count), ct);
        }

        await using var other = await system.StartAnotherAsync(ct);
        var filled = (
            Large: await FilledPlatform.CreateAsync(system, http, Many, ct),
            Small: await FilledPlatform.CreateAsync(other, http, Few, ct)
        );
        await system.ExecuteAsync(databases[large], "VACUUM ANALYZE", ct);
        await system.ExecuteAsync(databases[small], "VACUUM ANALYZE", ct);
        var deep = await WalkAsync($"/api/tenants/{large}/documents", Many - 200);
        var shallow = await WalkAsync($"/api/tenants/{small}/documents", Few - 200);
        (string Name, string Large, string Small)[] ofTenants =
        [
            ("documents", $"/api/tenants/{large}/documents", $"/api/tenants/{small}/documents"),
            (
                "documents, page 20,000 by cursor",
                $"/api/tenants/{large}/documents?cursor={deep}",
                $"/api/tenants/{small}/documents?cursor={shallow}"
            ),
            (
                "documents, a common text of two letters",
                $"/api/tenants/{large}/documents?filename=pu",
                $"/api/tenants/{small}/documents?filename=pu"
            ),
            (
                "documents, a common text of four letters",
                $"/api/tenants/{large}/documents?filename=pump",
                $"/api/tenants/{small}/documents?filename=pump"
            ),
            (
                "documents, a rare text of two letters",
                $"/api/tenants/{large}/documents?filename=qz",
                $"/api/tenants/{small}/documents?filename=qz"
            ),
            (
                "documents, of one type",
                $"/api/tenants/{large}/documents?mime_type=application%2Fpdf",
                $"/api/tenants/{small}/documents?mime_type=application%2Fpdf"
            ),
            ("documents, by name", $"/api/tenants/{large}/documents?sort=filename", $"/api/tenants/{small}/documents?sort=filename"),
            ("documents, page 500", $"/api/tenants/{large}/documents?page=500", $"/api/tenants/{small}/documents?page=10"),
            ("files", $"/api/files/{large}/files", $"/api/files/{small}/files"),
            ("orphaned files", $"/api/tenants/{large}/files/orphaned", $"/api/tenants/{small}/files/orphaned"),
            ("members", $"/api/tenants/{large}/users", $"/api/tenants/{small}/users"),
            ("audit", $"/api/tenants/{large}/audit", $"/api/tenants/{small}/audit"),
        ];
        List<(string Name, Func<HttpRequestMessage> Large, Func<HttpRequestMessage> Small)> pages =
        [
            .. ofTenants.Select(page => (page.Name, Request(page.Large), Request(page.Small))),
            .. FilledPlatform.Lists.Select(list =>
                (
                    list.Name,
                    (Func<HttpRequestMessage>)(() => filled.Large.CreateRequest(list.Path)),
                    (Func<HttpRequestMessage>)(() => filled.Small.CreateRequest(list.Path))
                )
            ),
        ];

        var worst = pages[0];
        var ratioOfWorst = 0.0;
        foreach (var page in pages)
        {
            List<double> ofLarge = [],
                ofSmall = [];
            for (var pass = 0; pass <= Passes; pass++)
            {
                var (ofMany, ofFew) = (await P95Async(page.Large), await P95Async(page.Small));
                if (pass > 0) // the first pass is a warm-up
                {
                    ofLarge.Add(ofMany);
                    ofSmall.Add(ofFew);
                }
            }

            var ratio = Numbers.Median(ofLarge) / Numbers.Median(ofSmall);
            await system.Progress.WriteLineAsync(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"  {page.Name}: p95 {Numbers.Median(ofLarge):0.00} ms of {Many}, {Numbers.Median(ofSmall):0.00} ms of {Few}, ratio {ratio:0.00}"
                )
            );
            if (ratio > ratioOfWorst)
            {
                (worst, ratioOfWorst) = (page, ratio);
            }
        }

        await system.Progress.WriteLineAsync($"  most: {worst.Name}");
        return await Rounds.InterleaveAsync(ours: _ => P95Async(worst.Large), anchor: _ => P95Async(worst.Small), system, ct);

        async Task<double> P95Async(Func<HttpRequestMessage> page) =>
            Numbers.Percentile(await Load.OneByOneAsync(http, _ => page(), PerRound, ct), 0.95);

        Func<HttpRequestMessage> Request(string path) => () => Ask(path);

        HttpRequestMessage Ask(string path) =>
            new(HttpMethod.Get, new Uri(system.Api, path)) { Headers = { Authorization = tenants.Owner } };

        async Task<string> WalkAsync(string path, int entries)
        {
            var cursor = "";
            for (var walked = 0; walked < entries; walked += 100)
            {
                using var answer = await http.SendAsync(Ask($"{path}?per_page=100{(cursor.Length == 0 ? "" : $"&cursor={cursor}")}"), ct);
                using var body = JsonDocument.Parse(await answer.EnsureSuccessStatusCode().Content.ReadAsStringAsync(ct));
                cursor = body.RootElement.GetProperty("data").GetProperty("next_cursor").GetString()!;
            }

            return cursor;
        }
    }

    // In addition to the files of documents.
    private static string FilesOf(int count) =>
        $"""
            SET synchronous_commit = off;
            INSERT INTO files (id, sha256_hash, md5_hash, file_size, s3_path, created_at, created_by, unused_since)
            SELECT gen_random_uuid(), encode(sha256((-n)::text::bytea), 'hex'), md5((-n)::text), n, n::text, now() - n * interval '1 minute', gen_random_uuid(), now() - n * interval '1 second' FROM generate_series(1, {count}) n;
            UPDATE content_usage SET files = (SELECT count(*) FROM files);
            ANALYZE
            """;

    private static string MembersOf(Guid tenant, int count) =>
        $"""
            SET synchronous_commit = off;
            WITH people AS (
                INSERT INTO users (id, first_name, last_name, email, is_active, created_at, updated_at)
                SELECT gen_random_uuid(), 'Member', n::text, 'member-' || n || '@{tenant}.example', true, now() - n * interval '1 minute', now() FROM generate_series(1, {count}) n
                RETURNING id, created_at)
            INSERT INTO memberships (user_id, tenant_id, role, joined_at) SELECT id, '{tenant}', 'Viewer', created_at FROM people;
            INSERT INTO audit_entries (id, occurred_at, tenant_id, actor, action, subject_type, subject_id)
            SELECT gen_random_uuid(), now() - n * interval '1 minute', '{tenant}', 'job:test', 'member.added', 'member', gen_random_uuid() FROM generate_series(1, {count}) n
            """;
}
