using System.Net.Http.Headers;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Http;

/// <summary>Tests paths that imitate another path: each is taken literally or not found, and none bypasses authorization.</summary>
public sealed class PathTests(SaaSApp app)
{
    private static readonly string[] Detours =
    [
        "/api/tenants/../admin/users",
        "/api/users/me/../../admin/users",
        "/api/tenants/%2e%2e/admin/users",
        "/api/tenants/%2E%2E%2Fadmin%2Fusers",
        "/api/tenants/..%2fadmin/users",
        "/api/tenants/..\\admin\\users",
        "/api//admin//users",
        "//api/admin/users",
        "/api/admin%2fusers",
        "/api/admin/users%00",
        "/api/admin/users/",
        "/API/ADMIN/USERS",
        "/api/admin;x=y/users",
        "/api/users/me/%2e%2e/%2e%2e/admin/users",
        "http://localhost/api/admin/users",
        "/jobs/../api/admin/users",
        "/.git/config",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/api/docs/../../etc/passwd",
        "/api/%c0%ae%c0%ae/admin/users",
    ];

    [Fact]
    public async Task Path_tricks_do_not_bypass_the_authorization_middleware()
    {
        var user = await TestUser.RegisterAsync(app);
        foreach (var path in Detours)
        {
            var (status, text) = await RawRequest.GetAsync(app.Api, path, $"Authorization: Bearer {user.AccessToken}\r\n");
            Assert.True(status is >= 400 and < 500, $"{path}: {text}");
        }
    }

    [Fact]
    public async Task Path_traversal_does_not_reach_another_tenant()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        await using var other = await TestTenant.CreateAsync(app);
        await tenant.UploadAsync("secret"u8.ToArray(), "secret.txt");
        foreach (
            var path in new[]
            {
                $"{other.Path}/../{tenant.Id}/documents",
                $"{other.Path}/%2e%2e/{tenant.Id}/documents",
                $"{other.Path}/..%2f{tenant.Id}/documents",
                $"/api/tenants/{tenant.Id}%00/documents",
                $"/api/tenants/{other.Id},{tenant.Id}/documents",
                $"{other.Path}/documents/../../{tenant.Id}/documents",
            }
        )
        {
            var (status, text) = await RawRequest.GetAsync(app.Api, path, $"Authorization: Bearer {other.Admin.AccessToken}\r\n");
            Assert.True(status is >= 400 and < 500, $"{path}: {text}");
            Assert.DoesNotContain("secret.txt", text, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("page=0", 400)]
    [InlineData("page=-1", 400)]
    [InlineData("page=100&per_page=100", 200)] // the last page allowed
    [InlineData("page=101&per_page=100", 400)]
    [InlineData("page=2147483648", 400)]
    [InlineData("page=99999999999999999999999999", 400)]
    [InlineData("page=1e3", 400)]
    [InlineData("page=%31", 200)]
    [InlineData("page=1&page=2", 400)]
    [InlineData("page=%00", 400)]
    [InlineData("per_page=0", 400)]
    [InlineData("per_page=101", 400)]
    [InlineData("per_page=-2147483649", 400)]
    public async Task Page_parameters_outside_their_limits_are_rejected(string query, int expected)
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{tenant.Path}/documents?{query}")
        {
            Headers = { Authorization = new AuthenticationHeaderValue("Bearer", tenant.Admin.AccessToken) },
        };
        using var client = app.NewClient();
        using var answer = await client.SendAsync(request);

        Assert.Equal(expected, (int)answer.StatusCode);
    }
}
