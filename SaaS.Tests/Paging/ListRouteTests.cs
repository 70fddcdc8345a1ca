using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Tenancy;
using SaaS.Core.Tenancy.Catalog;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Paging;

/// <summary>Tests that every list can be read by page and by cursor, and rejects invalid parameters.</summary>
public sealed class ListRouteTests(SaaSApp app)
{
    public static IEnumerable<TheoryDataRow<string>> Names => ListTable.Names;

    [Fact]
    public async Task Every_paged_operation_is_in_the_table()
    {
        var operations = await ApiOperation.ReadAllAsync(app);
        var paged = operations.Where(operation => operation.QueryParameters.Contains("per_page")).ToList();

        Assert.Equal(ListTable.Routes.Select(route => route.Name).Order(), paged.Select(operation => operation.Name).Order());
        Assert.All(paged, operation => Assert.Contains("cursor", operation.QueryParameters));
    }

    [Theory, MemberData(nameof(Names))]
    public async Task Cursor_paging_returns_each_entry_once_despite_concurrent_changes(string name)
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        var (stage, route) = (new ListStage(app, tenant, await TestUser.OperatorAsync(app)), ListTable.Find(name));
        var planted = await route.Plant(stage, 7);
        var isShared = route.IsForOperators && route.Filter(stage).Length == 0; // the list then contains entries of all tests
        var size = isShared ? 100 : 3;

        var page = await ReadAsync(stage, route, $"per_page={size}&page=1");
        var seen = IdsOf(route, page);
        Assert.Equal(JsonValueKind.Object, PartOf(page, "pagination").ValueKind);
        if (!isShared)
        {
            Assert.Equal((3, true), (seen.Count, PartOf(page, "has_more").GetBoolean()));
            await route.Plant(stage, 1);
            if (route.Remove is not null)
            {
                await route.Remove(stage, seen.First(planted.Contains));
            }
        }

        while (PartOf(page, "next_cursor").GetString() is { } cursor)
        {
            page = await ReadAsync(stage, route, $"per_page={size}&cursor={cursor}");
            Assert.Equal(
                (JsonValueKind.Null, PartOf(page, "next_cursor").ValueKind is JsonValueKind.String),
                (PartOf(page, "pagination").ValueKind, PartOf(page, "has_more").GetBoolean())
            );
            seen.AddRange(IdsOf(route, page));
            Assert.Equal(seen.Distinct(), seen);
        }

        Assert.Empty(planted.Except(seen));
    }

    [Theory, MemberData(nameof(Names))]
    public async Task Numbered_pages_and_cursor_paging_return_the_same_entries(string name)
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        var (stage, route) = (new ListStage(app, tenant, await TestUser.OperatorAsync(app)), ListTable.Find(name));
        Assert.SkipWhen(route.IsForOperators && route.Filter(stage).Length == 0, "other tests change this list");
        await route.Plant(stage, 5);
        var all = await ReadAsync(stage, route, "per_page=100");
        var expected = IdsOf(route, all);
        Assert.Equal(
            (expected.Count, 1, false),
            (
                PartOf(all, "pagination").GetProperty("total").GetInt32(),
                PartOf(all, "pagination").GetProperty("pages").GetInt32(),
                PartOf(all, "pagination").GetProperty("total_is_capped").GetBoolean()
            )
        );

        List<string> byNumber = [],
            byCursor = [];
        string? cursor = null;
        for (var number = 1; number <= (expected.Count + 1) / 2; number++)
        {
            var numbered = await ReadAsync(stage, route, $"per_page=2&page={number}");
            Assert.Equal(
                (number, expected.Count),
                (
                    PartOf(numbered, "pagination").GetProperty("page").GetInt32(),
                    PartOf(numbered, "pagination").GetProperty("total").GetInt32()
                )
            );
            byNumber.AddRange(IdsOf(route, numbered));
            var continued = await ReadAsync(stage, route, $"per_page=2{(cursor is null ? "" : $"&cursor={cursor}")}");
            byCursor.AddRange(IdsOf(route, continued));
            cursor = PartOf(continued, "next_cursor").GetString();
        }

        Assert.Equal(expected, byNumber);
        Assert.Equal(expected, byCursor);
        Assert.Null(cursor);
        var behind = await ReadAsync(stage, route, "per_page=2&page=99");
        Assert.Equal((0, expected.Count), (IdsOf(route, behind).Count, PartOf(behind, "pagination").GetProperty("total").GetInt32()));
    }

    [Theory, MemberData(nameof(Names))]
    public async Task A_forged_or_foreign_cursor_and_a_page_too_far_are_rejected(string name)
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        var (stage, route) = (new ListStage(app, tenant, await TestUser.OperatorAsync(app)), ListTable.Find(name));
        await route.Plant(stage, 2);
        var cursor = PartOf(await ReadAsync(stage, route, "per_page=1"), "next_cursor").GetString()!;
        var changed = cursor[..^3] + (cursor[^3] == 'A' ? 'B' : 'A') + cursor[^2..];
        var foreign = PartOf(
                await ReadAsync(
                    stage,
                    route with
                    {
                        Name = route.Name == ListTable.Routes[0].Name ? "GET /api/tenants/{tenantId}/audit" : "GET /api/admin/users",
                        IsForOperators = route.Name != ListTable.Routes[0].Name,
                        Filter = _ => "",
                    },
                    "per_page=1"
                ),
                "next_cursor"
            )
            .GetString();

        foreach (
            var (query, field, sentence) in new[]
            {
                ($"cursor={changed}", "cursor", "Start again without it."),
                ($"cursor={cursor}&page=1", "cursor", "Give either cursor or page."),
                ("cursor=nonsense", "cursor", "next_cursor"),
                ("cursor=", "cursor", "next_cursor"),
                ("per_page=0", "per_page", "100"),
                ("per_page=101", "per_page", "100"),
                ("page=0", "page", "1"),
                ("per_page=100&page=101", "page", "next_cursor"),
            }
        )
        {
            Assert.Contains(sentence, await RefusalAsync(stage, route, query, field), StringComparison.Ordinal);
        }

        if (foreign is not null)
        {
            Assert.Contains(
                "Start again without it.",
                await RefusalAsync(stage, route, $"cursor={foreign}", "cursor"),
                StringComparison.Ordinal
            );
        }
    }

    [Theory]
    [InlineData("sort=filename", "")]
    [InlineData("sort=filename", "sort=-filename")]
    [InlineData("", "filename=report")]
    [InlineData("filename=report", "filename=repor")]
    [InlineData("filename=report", "filename=report&sort=filename")]
    public async Task A_cursor_of_another_order_or_filter_is_rejected(string given, string other)
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        await using var second = await TestTenant.CreateAsync(app);
        var (stage, route) = (new ListStage(app, tenant, tenant.Admin), ListTable.Routes[0]);
        await route.Plant(stage, 2);
        var cursor = PartOf(await ReadAsync(stage, route, $"per_page=1&{given}"), "next_cursor").GetString();

        Assert.Contains(
            "Start again without it.",
            await RefusalAsync(stage, route, $"cursor={cursor}&{other}", "cursor"),
            StringComparison.Ordinal
        );
        using var elsewhere = await second.Admin.Http.GetAsync($"{second.Path}/documents?{given}&cursor={cursor}");
        Assert.Equal(["cursor"], await elsewhere.ReadFieldsAsync());
    }

    [Theory]
    [InlineData("created_at")]
    [InlineData("-created_at")]
    [InlineData("updated_at")]
    [InlineData("-updated_at")]
    [InlineData("filename")]
    [InlineData("-filename")]
    public async Task Every_document_order_is_supported_by_cursor_paging(string sort)
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        foreach (var filename in new[] { "10.pdf", "9.pdf", "a.pdf", "A.pdf", "_x.pdf", "Ä.pdf", "a.pdf", "10.pdf" })
        {
            await tenant.UploadAsync(Guid.CreateVersion7(ListStage.Now).ToByteArray(), filename);
        }

        await WalkAsync(tenant, $"{tenant.Path}/documents?sort={sort}", "documents", 8);
        await WalkAsync(tenant, $"{tenant.FilesPath}?sort={(sort.StartsWith('-') ? "-" : "")}file_size", "files", 8);
    }

    [Fact]
    public async Task Totals_are_capped_unless_a_counter_exists()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        await tenant.UploadAsync("counted"u8.ToArray());
        await PlantDocumentsAsync(tenant.Id, 1_200);

        Assert.Equal((1_201, 61, false), await TotalAsync(""));
        Assert.Equal((1_000, 50, true), await TotalAsync("mime_type=text%2Fplain"));
        Assert.Equal((1_000, 50, true), await TotalAsync("filename=Planted"));
        Assert.Equal((1_021, 52, true), await TotalAsync("filename=Planted&page=51"));
        Assert.Equal((1_200, 60, false), await TotalAsync("filename=Planted&page=60"));
        Assert.Equal((1, 1, false), await TotalAsync("filename=report"));
        Assert.Equal((0, 0, false), await TotalAsync("filename=nothing"));
        Assert.Equal(1, await app.InTenantAsync(tenant.Id, db => db.ContentUsage.Select(usage => usage.Files).SingleAsync()));

        async Task<(int, int, bool)> TotalAsync(string query)
        {
            using var listed = await tenant.Admin.Http.GetAsync($"{tenant.Path}/documents?{query}");
            var pagination = (await listed.ReadDataAsync()).GetProperty("pagination");
            return (
                pagination.GetProperty("total").GetInt32(),
                pagination.GetProperty("pages").GetInt32(),
                pagination.GetProperty("total_is_capped").GetBoolean()
            );
        }
    }

    [Fact]
    public async Task The_file_counter_follows_uploads_and_deletions()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        var orphans = new[] { await tenant.UploadOrphanAsync("one"u8.ToArray()), await tenant.UploadOrphanAsync("two"u8.ToArray()) };
        await tenant.UploadAsync("three"u8.ToArray());
        await tenant.UploadAsync("three"u8.ToArray(), "same.pdf");
        Assert.Equal(3, await TotalAsync());

        using var removed = await tenant.Admin.Http.DeleteAsync($"{tenant.FilesPath}/{orphans[0]}");
        Assert.Equal(2, await TotalAsync());
        using var cleaned = await tenant.Admin.Http.DeleteAsync($"{tenant.Path}/files/orphaned?min_age_hours=0");
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK, 1), (removed.StatusCode, cleaned.StatusCode, await TotalAsync()));

        async Task<int> TotalAsync()
        {
            using var listed = await tenant.Admin.Http.GetAsync(tenant.FilesPath);
            var list = await listed.ReadDataAsync();
            Assert.Equal(list.GetProperty("files").GetArrayLength(), list.GetProperty("stats").GetProperty("total_files").GetInt32());
            return list.GetProperty("pagination").GetProperty("total").GetInt32();
        }
    }

    /// <summary>Plants a unique name far outside the window that is searched first for a short text.</summary>
    [Fact]
    public async Task A_short_search_text_is_found_at_any_position()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        await PlantDocumentsAsync(tenant.Id, 3_000);
        await app.InTenantAsync(
            tenant.Id,
            db =>
                db.Database.ExecuteSqlAsync(
                    $"UPDATE documents SET filename = 'Qx ß 100% an' WHERE id = (SELECT id FROM documents ORDER BY created_at LIMIT 1)"
                )
        );

        foreach (var (text, expected) in new[] { ("qx", 1), ("QX", 1), ("ß", 1), ("%", 1), ("an", 3_000), ("zz", 0) })
        {
            var found = 0;
            string? cursor = null;
            do
            {
                using var listed = await tenant.Admin.Http.GetAsync(
                    $"{tenant.Path}/documents?per_page=100&filename={Uri.EscapeDataString(text)}{(cursor is null ? "" : $"&cursor={cursor}")}"
                );
                var list = await listed.ReadDataAsync();
                found += list.GetProperty("documents").GetArrayLength();
                cursor = list.GetProperty("next_cursor").GetString();
            } while (cursor is not null && found <= expected);

            Assert.Equal((text, expected), (text, found));
        }
    }

    [Fact]
    public async Task A_sign_in_returns_at_most_fifty_tenants()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        await ListTable.Find("GET /api/tenants").Plant(new ListStage(app, tenant, tenant.Admin), 1);
        using var few = await app.NewClient()
            .PostAsync(
                "/api/auth/login",
                System.Net.Http.Json.JsonContent.Create(new { email = tenant.Admin.Email, password = TestUser.Password })
            );
        var answered = await few.ReadAsync(HttpStatusCode.OK);
        Assert.Equal((2, false), (answered.GetProperty("tenants").GetArrayLength(), answered.GetProperty("has_more_tenants").GetBoolean()));

        var rows = await app.InControlAsync(db =>
            db.Tenants.Where(other => other.State == TenantState.Active && other.CreatedBy != tenant.Admin.Id)
                .OrderBy(other => other.Id)
                .Take(60)
                .Select(other => other.Id)
                .ToListAsync()
        );
        Assert.SkipWhen(rows.Count < 60, "other tests have not made enough tenants yet");
        await app.InControlAsync(db =>
        {
            db.AddRange(
                rows.Select(id => new Core.Tenancy.Members.Membership
                {
                    UserId = tenant.Admin.Id,
                    TenantId = id,
                    Role = Core.Access.TenantRole.Viewer,
                    JoinedAt = ListStage.Now,
                })
            );
            return db.SaveChangesAsync();
        });
        using var many = await app.NewClient()
            .PostAsync(
                "/api/auth/login",
                System.Net.Http.Json.JsonContent.Create(new { email = tenant.Admin.Email, password = TestUser.Password })
            );
        answered = await many.ReadAsync(HttpStatusCode.OK);
        await app.InControlAsync(db =>
            db.Memberships.Where(membership => membership.UserId == tenant.Admin.Id && rows.Contains(membership.TenantId))
                .ExecuteDeleteAsync()
        );
        Assert.Equal((50, true), (answered.GetProperty("tenants").GetArrayLength(), answered.GetProperty("has_more_tenants").GetBoolean()));
    }

    private static async Task WalkAsync(TestTenant tenant, string path, string items, int expected)
    {
        using var all = await tenant.Admin.Http.GetAsync($"{path}&per_page=100");
        var whole = (await all.ReadDataAsync()).GetProperty(items).EnumerateArray().Select(item => item.IdOf()).ToList();
        List<Guid> walked = [];
        string? cursor = null;
        do
        {
            using var page = await tenant.Admin.Http.GetAsync($"{path}&per_page=1{(cursor is null ? "" : $"&cursor={cursor}")}");
            var list = await page.ReadDataAsync();
            walked.AddRange(list.GetProperty(items).EnumerateArray().Select(item => item.IdOf()));
            cursor = list.GetProperty("next_cursor").GetString();
        } while (cursor is not null && walked.Count <= expected);

        Assert.Equal((expected, expected), (whole.Count, walked.Count));
        Assert.Equal(whole, walked);
    }

    private Task<int> PlantDocumentsAsync(Guid tenantId, int count) =>
        app.InTenantAsync(
            tenantId,
            async db =>
            {
                db.Database.SetCommandTimeout(TimeSpan.FromMinutes(1)); // no request writes this many rows at once
                await using var transaction = await db.Database.BeginTransactionAsync();
                await db.Database.ExecuteSqlAsync(
                    $"""
                    INSERT INTO files (id, sha256_hash, md5_hash, file_size, s3_path, created_at, created_by)
                    SELECT gen_random_uuid(), encode(sha256('planted'), 'hex'), md5('planted'), 4096, 'planted', now(), gen_random_uuid() WHERE NOT EXISTS (SELECT FROM files)
                    """
                );
                await db.Database.ExecuteSqlAsync(
                    $"""
                    INSERT INTO documents (id, filename, mime_type, file_id, user_id, created_at, updated_at)
                    SELECT gen_random_uuid(), 'Planted ' || n, 'text/plain', (SELECT id FROM files LIMIT 1), gen_random_uuid(), '2020-01-01Z'::timestamptz + n * interval '1 minute', now() FROM generate_series(1, {count}) n
                    """
                );
                await db.Database.ExecuteSqlAsync($"UPDATE content_usage SET documents = (SELECT count(*) FROM documents)");
                await transaction.CommitAsync();
                return 0;
            }
        );

    private static async Task<string> RefusalAsync(ListStage stage, ListRoute route, string query, string field)
    {
        using var refused = await route.ClientOf(stage).GetAsync($"{route.PathOf(stage)}?{query}&{route.Filter(stage)}".TrimEnd('&'));
        var body = await refused.ReadAsync(HttpStatusCode.BadRequest);
        return body.GetProperty("details").GetProperty(field)[0].GetString()!;
    }

    private static async Task<JsonElement> ReadAsync(ListStage stage, ListRoute route, string query)
    {
        using var answer = await route.ClientOf(stage).GetAsync($"{route.PathOf(stage)}?{query}&{route.Filter(stage)}".TrimEnd('&'));
        return await answer.ReadAsync(HttpStatusCode.OK);
    }

    // Reads a property next to the entries: from the data object, or next to it if the data are the entries.
    private static JsonElement PartOf(JsonElement answer, string name) =>
        answer.GetProperty("data") is { ValueKind: JsonValueKind.Object } data ? data.GetProperty(name) : answer.GetProperty(name);

    private static List<string> IdsOf(ListRoute route, JsonElement answer) =>
        [
            .. (route.Items is null ? answer.GetProperty("data") : answer.GetProperty("data").GetProperty(route.Items))
                .EnumerateArray()
                .Select(entry => entry.GetProperty(route.Id).GetString()!),
        ];
}
