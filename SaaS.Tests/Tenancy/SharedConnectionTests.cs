using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using SaaS.Core.Access;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Tenancy;

/// <summary>
/// Tests that no state of one request reaches the next one of the same tenant, although they share a pooled connection and its context.
/// </summary>
public sealed class SharedConnectionTests(SaaSApp app)
{
    private const int AtOnce = 40; // ten times as many as a tenant has connections

    [Fact]
    public async Task Requests_sharing_a_connection_are_audited_under_their_own_user()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        TestUser[] people = [tenant.Admin, await tenant.AddAsync(TenantRole.User), await tenant.AddAsync(TenantRole.User)];

        var uploads = await Task.WhenAll(
            Enumerable
                .Range(0, AtOnce)
                .Select(async i =>
                {
                    var person = people[i % people.Length];
                    var document = await tenant.UploadAsync(Encoding.UTF8.GetBytes($"content {i}"), uploader: person.Http);
                    return (Document: document.IdOf(), By: person.Id);
                })
        );

        foreach (var (document, by) in uploads)
        {
            using var answer = await tenant.Admin.Http.GetAsync($"{tenant.Path}/audit?subject_id={document}");
            var entries = (await answer.ReadDataAsync()).GetProperty("entries").EnumerateArray();
            Assert.Equal(
                $"user:{by}",
                entries.Single(entry => entry.GetProperty("action").GetString() == "document.uploaded").GetProperty("actor").GetString()
            );
        }
    }

    [Fact]
    public async Task Changes_of_a_rejected_request_are_not_saved_by_the_next()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        var document = (await tenant.UploadAsync("kept"u8.ToArray(), "kept.txt")).IdOf();
        var missing = Guid.CreateVersion7(DateTimeOffset.UnixEpoch);

        await Task.WhenAll(
            Enumerable
                .Range(0, AtOnce)
                .Select(async i =>
                {
                    if (i % 2 == 0)
                    {
                        using var refused = await tenant.Admin.Http.PutAsJsonAsync(
                            $"{tenant.Path}/documents/{missing}",
                            new { filename = "lost.txt" }
                        );
                        Assert.Equal(HttpStatusCode.NotFound, refused.StatusCode);
                    }
                    else
                    {
                        using var page = await tenant.Admin.Http.GetAsync($"{tenant.Path}/documents");
                        Assert.Equal(["kept.txt"], Names(await page.ReadDataAsync()));
                    }
                })
        );

        using var still = await tenant.Admin.Http.GetAsync($"{tenant.Path}/documents/{document}");
        Assert.Equal("kept.txt", (await still.ReadDataAsync()).GetProperty("filename").GetString());
    }

    [Fact]
    public async Task An_empty_page_reports_the_total()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        Assert.Equal((0, 0), await TotalAsync("?page=1"));
        await tenant.UploadAsync("one"u8.ToArray());

        Assert.Equal((1, 1), await TotalAsync("?page=1"));
        Assert.Equal((0, 1), await TotalAsync("?page=2"));

        async Task<(int Shown, int Total)> TotalAsync(string query)
        {
            using var answer = await tenant.Admin.Http.GetAsync($"{tenant.Path}/documents{query}");
            var data = await answer.ReadDataAsync();
            return (Names(data).Length, data.GetProperty("pagination").GetProperty("total").GetInt32());
        }
    }

    private static string?[] Names(JsonElement list) =>
        [.. list.GetProperty("documents").EnumerateArray().Select(document => document.GetProperty("filename").GetString())];
}
