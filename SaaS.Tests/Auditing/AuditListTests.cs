using System.Net.Http.Headers;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Access;
using SaaS.Core.Auditing;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Auditing;

/// <summary>
/// Tests that a tenant's admins read the tenant's audit entries from both databases in one order, and operators those of the
/// platform.
/// </summary>
public sealed class AuditListTests(SaaSApp app)
{
    private static readonly DateTimeOffset LongAgo = new(2020, 5, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task A_tenants_admin_sees_entries_of_both_databases_in_one_order()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        var document = await tenant.UploadAsync("seen"u8.ToArray(), "seen.pdf");
        var member = await tenant.AddAsync(TenantRole.Viewer);
        await tenant.DrainAsync();

        var list = await ReadAsync(tenant.Admin.Http, $"{tenant.Path}/audit");
        var entries = list.GetProperty("entries").EnumerateArray().ToList();
        Assert.Equal(
            ["member.added", "document.uploaded", "tenant.created"],
            ActionsOf(list).Where(action => action != "document.verified")
        );
        Assert.Equal(entries.Select(TimeOf).OrderDescending(), entries.Select(TimeOf));
        Assert.Equal(4, list.GetProperty("pagination").GetProperty("total").GetInt32());
        Assert.Equal(JsonValueKind.Null, list.GetProperty("next_cursor").ValueKind);

        var added = entries.Single(entry => entry.GetProperty("action").GetString() == "member.added");
        Assert.Equal(
            (tenant.Id, $"user:{tenant.Admin.Id}", "member", member.Id, "viewer", "127.0.0.1", 32),
            (
                added.GetProperty("tenant_id").GetGuid(),
                added.GetProperty("actor").GetString(),
                added.GetProperty("subject_type").GetString(),
                added.GetProperty("subject_id").GetGuid(),
                added.GetProperty("details").GetProperty("role").GetString(),
                added.GetProperty("address").GetString(),
                added.GetProperty("trace_id").GetString()!.Length
            )
        );
        Assert.Contains(
            entries,
            entry =>
                entry.GetProperty("action").GetString() == "document.uploaded"
                && entry.GetProperty("subject_id").GetGuid() == document.IdOf()
                && entry.GetProperty("details").GetProperty("filename").GetString() == "seen.pdf"
        );
    }

    [Fact]
    public async Task Pages_and_cursors_show_each_entry_once_in_the_same_order()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        await PlantAsync(tenant.Id, 45);
        var all = (await ReadAsync(tenant.Admin.Http, $"{tenant.Path}/audit?per_page=100"))
            .GetProperty("entries")
            .EnumerateArray()
            .Select(entry => entry.IdOf())
            .ToList();
        Assert.Equal(91, all.Count); // 45 in each database, and the creation of the tenant

        var byPage = new List<Guid>();
        for (var page = 1; page <= 10; page++)
        {
            byPage.AddRange(
                (await ReadAsync(tenant.Admin.Http, $"{tenant.Path}/audit?per_page=10&page={page}"))
                    .GetProperty("entries")
                    .EnumerateArray()
                    .Select(entry => entry.IdOf())
            );
        }

        Assert.Equal(all, byPage);
        var byCursor = new List<Guid>();
        var cursor = "";
        while (cursor is not null)
        {
            var list = await ReadAsync(
                tenant.Admin.Http,
                $"{tenant.Path}/audit?per_page=7{(cursor.Length == 0 ? "" : $"&cursor={cursor}")}"
            );
            byCursor.AddRange(list.GetProperty("entries").EnumerateArray().Select(entry => entry.IdOf()));
            Assert.Equal(cursor.Length == 0, list.GetProperty("pagination").ValueKind is JsonValueKind.Object);
            cursor = list.GetProperty("next_cursor").GetString()!;
        }

        Assert.Equal(all, byCursor);
    }

    [Fact]
    public async Task The_total_is_capped_and_older_entries_are_reached_by_cursor()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        await PlantAsync(tenant.Id, 600);
        var last = await ReadAsync(tenant.Admin.Http, $"{tenant.Path}/audit?per_page=100&page=10");
        var pagination = last.GetProperty("pagination");
        Assert.Equal(
            (1_001, 11, true),
            (
                pagination.GetProperty("total").GetInt32(),
                pagination.GetProperty("pages").GetInt32(),
                pagination.GetProperty("total_is_capped").GetBoolean()
            )
        );
        using var further = await tenant.Admin.Http.GetAsync($"{tenant.Path}/audit?per_page=100&page=101");
        Assert.Equal(["page"], await further.ReadFieldsAsync());

        var next = await ReadAsync(
            tenant.Admin.Http,
            $"{tenant.Path}/audit?per_page=100&cursor={last.GetProperty("next_cursor").GetString()}"
        );
        Assert.Equal(100, next.GetProperty("entries").GetArrayLength());
    }

    [Fact]
    public async Task Filters_narrow_the_list()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        var document = (await tenant.UploadAsync("filtered"u8.ToArray())).IdOf();
        await tenant.AddAsync(TenantRole.Viewer);
        await PlantAsync(tenant.Id, 3);
        await tenant.DrainAsync();

        Assert.Equal(["member.added"], await ActionsAsync("action=member.added"));
        Assert.Equal(["document.uploaded", "document.verified"], (await ActionsAsync($"subject_id={document}")).Order());
        Assert.Equal(["document.verified"], await ActionsAsync("actor=consumer:verify-uploaded-document"));
        Assert.Equal(
            ["document.uploaded", "document.verified"],
            (await ActionsAsync("subject_type=document&from=2021-01-01T00:00:00Z")).Order()
        );
        Assert.Equal(6, (await ActionsAsync("to=2021-01-01T00:00:00Z")).Count);
        Assert.Equal(
            ["member.added", "tenant.created"],
            await ActionsAsync($"actor=user:{tenant.Admin.Id}&from=2021-01-01T00:00:00Z", "document.uploaded")
        );
        Assert.Empty(await ActionsAsync("action=tenant.erased"));

        async Task<List<string>> ActionsAsync(string query, string but = "") =>
            [.. ActionsOf(await ReadAsync(tenant.Admin.Http, $"{tenant.Path}/audit?per_page=100&{query}")).Where(action => action != but)];
    }

    [Theory]
    [InlineData("action=member.aded", "action", "member.added")]
    [InlineData("subject_type=planet", "subject_type", "document")]
    [InlineData("actor=somebody", "actor", "user:{id}")]
    [InlineData("cursor=nonsense", "cursor", "next_cursor")]
    [InlineData("format=xml", "format", "ndjson")]
    [InlineData("from=yesterday", "from", "RFC 3339")]
    [InlineData("to=tomorrow", "to", "RFC 3339")]
    [InlineData("subject_id=1", "subject_id", "UUID")]
    [InlineData("page=0", "page", "1")]
    [InlineData("page=1&cursor=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "cursor", "page")]
    [InlineData("cursor=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "cursor", "without it")]
    public async Task An_invalid_filter_is_rejected_with_the_allowed_values(string query, string field, string allowed)
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        var operator_ = await TestUser.OperatorAsync(app);
        foreach (var (client, path) in new[] { (tenant.Admin.Http, $"{tenant.Path}/audit"), (operator_.Http, "/api/admin/audit") })
        {
            using var refused = await client.GetAsync($"{path}?{query}");
            var body = await refused.ReadAsync(HttpStatusCode.BadRequest);
            var sentence = body.GetProperty("error").GetProperty("details").GetProperty(field)[0].GetString();
            Assert.Contains(allowed, sentence, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Only_tenant_admins_see_the_audit_of_the_tenant()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        await using var other = await TestTenant.CreateAsync(app);
        var removed = await tenant.AddAsync(TenantRole.Admin);
        var viewer = await tenant.AddAsync(TenantRole.Viewer);
        var user = await tenant.AddAsync(TenantRole.User);
        var operator_ = await TestUser.OperatorAsync(app);
        using var before = await removed.Http.GetAsync($"{tenant.Path}/audit");
        using var removal = await tenant.Admin.Http.DeleteAsync($"{tenant.Path}/users/{removed.Id}");
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (before.StatusCode, removal.StatusCode));

        foreach (var form in new[] { "json", "csv", "ndjson" })
        {
            foreach (
                var (client, status) in new[]
                {
                    (other.Admin.Http, HttpStatusCode.NotFound),
                    (removed.Http, HttpStatusCode.NotFound),
                    (operator_.Http, HttpStatusCode.NotFound),
                    (viewer.Http, HttpStatusCode.Forbidden),
                    (user.Http, HttpStatusCode.Forbidden),
                    (app.NewClient(), HttpStatusCode.Unauthorized),
                }
            )
            {
                using var answer = await client.GetAsync($"{tenant.Path}/audit?format={form}");
                Assert.Equal(status, answer.StatusCode);
                Assert.DoesNotContain("member.added", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public async Task The_audit_never_shows_entries_of_another_tenant()
    {
        await using var mine = await TestTenant.CreateAsync(app);
        await using var other = await TestTenant.CreateAsync(app);
        var document = (await other.UploadAsync("theirs"u8.ToArray(), "theirs.pdf")).IdOf();
        var member = await other.AddAsync(TenantRole.Viewer);

        var shown = (await ReadAsync(mine.Admin.Http, $"{mine.Path}/audit?per_page=100")).GetProperty("entries").EnumerateArray().ToList();
        Assert.All(shown, entry => Assert.Equal(mine.Id, entry.GetProperty("tenant_id").GetGuid()));
        foreach (
            var query in new[]
            {
                $"subject_id={document}",
                $"subject_id={member.Id}",
                $"subject_id={other.Id}",
                $"actor=user:{other.Admin.Id}",
                $"action=tenant.created&actor=user:{other.Admin.Id}",
            }
        )
        {
            Assert.Empty((await ReadAsync(mine.Admin.Http, $"{mine.Path}/audit?{query}")).GetProperty("entries").EnumerateArray());
            using var csv = await mine.Admin.Http.GetAsync($"{mine.Path}/audit?format=csv&{query}");
            Assert.DoesNotContain(other.Id.ToString(), await csv.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }

        using var crossed = await mine.Admin.Http.GetAsync($"{mine.Path}/audit?tenant_id={other.Id}");
        Assert.Equal(["tenant_id"], await crossed.ReadFieldsAsync());
    }

    [Fact]
    public async Task Only_operators_see_the_platform_audit()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        await using var other = await TestTenant.CreateAsync(app);
        await tenant.UploadAsync("own"u8.ToArray());
        var operator_ = await TestUser.OperatorAsync(app);
        var ofTenant = await ReadAsync(operator_.Http, $"/api/admin/audit?tenant_id={tenant.Id}&per_page=100");
        Assert.Equal(["tenant.created"], ActionsOf(ofTenant));
        var ofAccount = await ReadAsync(operator_.Http, $"/api/admin/audit?subject_id={tenant.Admin.Id}&action=user.registered");
        Assert.Equal(JsonValueKind.Null, ofAccount.GetProperty("entries")[0].GetProperty("tenant_id").ValueKind);
        var all = await ReadAsync(operator_.Http, "/api/admin/audit?per_page=1");
        var next = await ReadAsync(operator_.Http, $"/api/admin/audit?per_page=1&cursor={all.GetProperty("next_cursor").GetString()}");
        Assert.True(TimeOf(all.GetProperty("entries")[0]) >= TimeOf(next.GetProperty("entries")[0]));

        using var asAdmin = await tenant.Admin.Http.GetAsync($"/api/admin/audit?tenant_id={tenant.Id}");
        using var asNobody = await app.NewClient().GetAsync("/api/admin/audit");
        Assert.Equal("FORBIDDEN", await asAdmin.ReadProblemAsync(HttpStatusCode.Forbidden));
        Assert.Equal("UNAUTHORIZED", await asNobody.ReadProblemAsync(HttpStatusCode.Unauthorized));
    }

    [Theory]
    [InlineData("?format=csv", null, "text/csv")]
    [InlineData("", "text/csv", "text/csv")]
    [InlineData("?format=ndjson", "text/csv", "application/x-ndjson")]
    [InlineData("", "application/x-ndjson", "application/x-ndjson")]
    public async Task All_entries_are_exported_in_one_file(string query, string? accept, string type)
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        await tenant.UploadAsync("exported"u8.ToArray(), "=cmd,quoted.pdf");
        await tenant.DrainAsync();
        await PlantAsync(tenant.Id, 1_200); // more than two batches
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{tenant.Path}/audit{query}");
        if (accept is not null)
        {
            request.Headers.Accept.Add(MediaTypeWithQualityHeaderValue.Parse(accept));
        }

        using var answer = await tenant.Admin.Http.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.Equal(
            (HttpStatusCode.OK, type, "attachment"),
            (answer.StatusCode, answer.Content.Headers.ContentType?.MediaType, answer.Content.Headers.ContentDisposition?.DispositionType)
        );

        const int Expected = 2_404; // planted in both databases; created, uploaded, verified, and the export itself
        var lines = text.TrimEnd().Split('\n');
        if (type == "text/csv")
        {
            Assert.Equal("id,occurred_at,tenant_id,actor,action,subject_type,subject_id,details,address,trace_id\r", lines[0]);
            Assert.Equal(Expected + 1, lines.Length);
            Assert.Contains("\"\"filename\"\":", text, StringComparison.Ordinal);
            Assert.Contains("audit.exported", lines[1], StringComparison.Ordinal);
        }
        else
        {
            var ids = lines.Select(line => JsonDocument.Parse(line).RootElement.IdOf()).ToList();
            Assert.Equal((Expected, Expected), (ids.Count, ids.Distinct().Count()));
        }
    }

    [Fact]
    public async Task An_export_is_aborted_when_access_is_revoked()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        var leaving = await tenant.AddAsync(TenantRole.Admin);
        await app.InTenantAsync(
            tenant.Id,
            db =>
                db.Database.ExecuteSqlAsync(
                    $"""
                    INSERT INTO audit_entries (id, occurred_at, tenant_id, actor, action, subject_type, subject_id, details)
                    SELECT gen_random_uuid(), '2020-05-01Z'::timestamptz - n * interval '1 second', {tenant.Id}, 'job:test', 'document.updated', 'document', gen_random_uuid(), jsonb_build_object('filename', repeat('x', 1000))
                    FROM generate_series(1, 20000) n
                    """
                )
        );
        using var answer = await leaving.Http.GetAsync($"{tenant.Path}/audit?format=ndjson", HttpCompletionOption.ResponseHeadersRead);
        await using var content = await answer.Content.ReadAsStreamAsync();
        await content.ReadExactlyAsync(new byte[1_000]); // the rest is larger than all buffers
        using var removed = await tenant.Admin.Http.DeleteAsync($"{tenant.Path}/users/{leaving.Id}");
        Assert.Equal(HttpStatusCode.OK, removed.StatusCode);

        await Assert.ThrowsAnyAsync<IOException>(() => content.CopyToAsync(Stream.Null));
    }

    private static async Task<JsonElement> ReadAsync(HttpClient client, string path)
    {
        using var answer = await client.GetAsync(path);
        return await answer.ReadDataAsync();
    }

    private static IEnumerable<string> ActionsOf(JsonElement list) =>
        list.GetProperty("entries").EnumerateArray().Select(entry => entry.GetProperty("action").GetString()!);

    private static DateTimeOffset TimeOf(JsonElement entry) => entry.GetProperty("occurred_at").GetDateTimeOffset();

    /// <summary>Inserts old entries into both databases; several have the same time.</summary>
    private async Task PlantAsync(Guid tenantId, int count)
    {
        AuditEntry Old(int number, TenantAuditAction action) =>
            AuditEntry.Create(
                LongAgo.AddSeconds(number / 4),
                tenantId,
                "user:00000000-0000-0000-0000-000000000001",
                action,
                tenantId,
                AuditDetails.Create("number", number),
                origin: default
            );

        await app.InControlAsync(db =>
        {
            db.AddRange(Enumerable.Range(0, count).Select(number => Old(number, AuditAction.MemberRoleChanged)));
            return db.SaveChangesAsync();
        });
        await app.InTenantAsync(
            tenantId,
            db =>
            {
                db.AddRange(Enumerable.Range(0, count).Select(number => Old(number, AuditAction.DocumentUpdated)));
                return db.SaveChangesAsync();
            }
        );
    }
}
