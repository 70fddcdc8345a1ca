using System.Globalization;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Access;
using SaaS.Core.Operations.Monitoring;
using SaaS.Core.Tenancy;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Operations.Monitoring;

/// <summary>Tests that the daily report records the usage of each tenant, and that an operator can read it.</summary>
public sealed class UsageReportTests(OwnApp app) : IClassFixture<OwnApp>
{
    [Fact]
    public async Task A_report_is_updated_with_the_current_usage()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        var operator_ = await TestUser.OperatorAsync(app);
        await tenant.AddAsync(TenantRole.Viewer);
        await tenant.UploadAsync(new byte[1000], "first.bin");
        await tenant.UploadAsync(new byte[1000], "the same again.bin");
        await tenant.UploadAsync(new byte[500], "another.bin");
        await RunAsync(operator_.Http);
        var first = await ReadAsync(operator_.Http, $"?tenant_id={tenant.Id}");

        Assert.Equal((2, 3, 1500), NumbersOf(Assert.Single(first.GetProperty("reports").EnumerateArray())));

        await tenant.UploadAsync(new byte[7], "later.bin");
        await RunAsync(operator_.Http);
        var second = await ReadAsync(operator_.Http, $"?tenant_id={tenant.Id}");
        Assert.Equal((2, 4, 1507), NumbersOf(Assert.Single(second.GetProperty("reports").EnumerateArray())));

        var latest = await ReadAsync(operator_.Http, "");
        Assert.Equal(Today(), DateOnly.Parse(latest.GetProperty("day").GetString()!, CultureInfo.InvariantCulture));
        Assert.Equal(
            latest.GetProperty("pagination").GetProperty("total").GetInt32(),
            latest.GetProperty("totals").GetProperty("tenants").GetInt32()
        );
    }

    [Fact]
    public async Task A_broken_tenant_does_not_prevent_the_reports_of_others()
    {
        await using var broken = await TestTenant.CreateAsync(app);
        await using var tenant = await TestTenant.CreateAsync(app);
        var operator_ = await TestUser.OperatorAsync(app);
        await app.InTenantAsync(broken.Id, db => db.ContentUsage.ExecuteDeleteAsync());
        var result = await RunAsync(operator_.Http);

        Assert.Matches(@"^\d+ tenants reported, [1-9]\d* failed", result);
        Assert.Equal(0, (await ReadAsync(operator_.Http, $"?tenant_id={broken.Id}")).GetProperty("reports").GetArrayLength());
        Assert.Equal(
            (1, 0, 0),
            NumbersOf(Assert.Single((await ReadAsync(operator_.Http, $"?tenant_id={tenant.Id}")).GetProperty("reports").EnumerateArray()))
        );
    }

    [Fact]
    public async Task Old_reports_are_purged()
    {
        var operator_ = await TestUser.OperatorAsync(app);
        var (tenantId, today) = (Guid.CreateVersion7(TimeProvider.System.GetUtcNow()), Today());
        await AddAsync(tenantId, today.AddDays(-401), documents: 1, bytes: 1);
        await AddAsync(tenantId, today.AddDays(-399), documents: 1, bytes: 1);
        await RunAsync(operator_.Http);

        Assert.Equal(
            [today.AddDays(-399)],
            await app.InControlAsync(db =>
                db.UsageReports.Where(report => report.TenantId == tenantId).Select(report => report.Day).ToListAsync()
            )
        );
    }

    [Fact]
    public async Task A_day_is_shown_in_pages_with_the_totals_of_all_tenants()
    {
        var operator_ = await TestUser.OperatorAsync(app);
        var day = new DateOnly(2026, 2, 28);
        var (small, large) = (Guid.CreateVersion7(TimeProvider.System.GetUtcNow()), Guid.CreateVersion7(TimeProvider.System.GetUtcNow()));
        await AddAsync(small, day, documents: 3, bytes: 10);
        await AddAsync(large, day, documents: 2, bytes: 20);
        var page = await ReadAsync(operator_.Http, "?day=2026-02-28&per_page=1");
        var one = await ReadAsync(operator_.Http, $"?day=2026-02-28&tenant_id={small}");
        var empty = await ReadAsync(operator_.Http, "?day=2001-01-01");

        Assert.Equal("2026-02-28", page.GetProperty("day").GetString());
        Assert.Equal(large, Assert.Single(page.GetProperty("reports").EnumerateArray()).GetProperty("tenant_id").GetGuid());
        Assert.Equal(2, page.GetProperty("pagination").GetProperty("total").GetInt32());
        Assert.Equal(small, Assert.Single(one.GetProperty("reports").EnumerateArray()).GetProperty("tenant_id").GetGuid());
        foreach (var shown in new[] { page, one })
        {
            Assert.Equal(2, shown.GetProperty("totals").GetProperty("tenants").GetInt32());
            Assert.Equal((2, 5, 30), NumbersOf(shown.GetProperty("totals")));
        }

        Assert.Equal(0, empty.GetProperty("totals").GetProperty("tenants").GetInt32());
        using var wrong = await operator_.Http.GetAsync("/api/admin/usage?day=yesterday");
        Assert.Equal(["day"], await wrong.ReadFieldsAsync());
    }

    [Fact]
    public async Task Only_operators_see_usage()
    {
        var user = await TestUser.RegisterAsync(app);
        using var refused = await user.Http.GetAsync("/api/admin/usage");

        Assert.Equal("FORBIDDEN", await refused.ReadProblemAsync(HttpStatusCode.Forbidden));
    }

    private static DateOnly Today() => DateOnly.FromDateTime(TimeProvider.System.GetUtcNow().UtcDateTime);

    private static (int Members, long Documents, long Bytes) NumbersOf(JsonElement usage) =>
        (usage.GetProperty("members").GetInt32(), usage.GetProperty("documents").GetInt64(), usage.GetProperty("storage_bytes").GetInt64());

    private Task<bool> AddAsync(Guid tenantId, DateOnly day, int documents, long bytes) =>
        app.InControlAsync(async db =>
        {
            db.UsageReports.Add(
                new UsageReport
                {
                    Day = day,
                    TenantId = tenantId,
                    Members = 1,
                    Documents = documents,
                    StorageBytes = bytes,
                    ReportedAt = TimeProvider.System.GetUtcNow(),
                }
            );
            await db.SaveChangesAsync();
            await UsageTotal.StoreAsync(db, day, TestContext.Current.CancellationToken);
            return true;
        });

    private static async Task<JsonElement> ReadAsync(HttpClient http, string query)
    {
        using var answer = await http.GetAsync($"/api/admin/usage{query}");
        return await answer.ReadDataAsync();
    }

    private static async Task<string> RunAsync(HttpClient http)
    {
        using var ordered = await http.PostAsync("/api/admin/jobs/report-usage/run", content: null);
        var run = default(JsonElement);
        await Eventually.HoldsAsync(
            async () =>
            {
                using var answer = await http.GetAsync(ordered.Headers.Location);
                return answer.StatusCode is HttpStatusCode.OK
                    && (run = await answer.ReadDataAsync()).GetProperty("outcome").GetString() is not ("waiting" or "running");
            },
            "the job does not run"
        );
        Assert.Equal("succeeded", run.GetProperty("outcome").GetString());
        return run.GetProperty("result").GetString()!;
    }
}
