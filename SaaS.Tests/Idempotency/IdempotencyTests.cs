using System.Net.Http.Json;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Documents;
using SaaS.Core.Idempotency;
using SaaS.Core.Tenancy.Catalog;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Idempotency;

/// <summary>Tests that a repeated request with the same idempotency key is processed once.</summary>
public sealed class IdempotencyTests(SaaSApp app)
{
    private const int Many = 50;

    [Fact]
    public async Task Fifty_concurrent_requests_with_one_key_create_one_tenant()
    {
        var user = await TestUser.RegisterAsync(app);
        await using var other = app.StartApi();
        var clients = new[] { user.Http, other.NewClient(user.AccessToken) };
        var answers = await Task.WhenAll(
            Enumerable.Range(0, Many).Select(turn => PostAsync(clients[turn % 2], "/api/tenants", "one", new { name = "Once" }))
        );
        using var later = await PostAsync(user.Http, "/api/tenants", "one", new { name = "Once" });

        Assert.All(
            answers,
            answer => Assert.True(answer.StatusCode is HttpStatusCode.Created or HttpStatusCode.Conflict, $"{(int)answer.StatusCode}")
        );
        Assert.All(
            answers.Where(answer => answer.StatusCode is HttpStatusCode.Conflict),
            answer => Assert.NotNull(answer.Headers.RetryAfter)
        );
        var made = answers.Where(answer => answer.StatusCode is HttpStatusCode.Created).Append(later).ToList();
        Assert.Single(made, answer => !answer.Headers.Contains("Idempotency-Replayed"));
        Assert.Single((await Task.WhenAll(made.Select(ShowAsync))).Distinct());
        Assert.Equal(1, await app.InControlAsync(db => db.Tenants.CountAsync(tenant => tenant.CreatedBy == user.Id)));
        Assert.Equal(1, await app.InControlAsync(db => db.IdempotencyRecords.CountAsync(answer => answer.UserId == user.Id)));
        await app.DrainAsync((await later.ReadDataAsync(HttpStatusCode.Created)).IdOf());
    }

    [Fact]
    public async Task Fifty_concurrent_uploads_with_one_key_create_one_document()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        var answers = await Task.WhenAll(Enumerable.Range(0, Many).Select(_ => UploadAsync("same"u8.ToArray(), "same.txt")));
        var made = answers.Where(answer => answer.StatusCode is HttpStatusCode.Created).ToList();

        Assert.All(
            answers,
            answer => Assert.True(answer.StatusCode is HttpStatusCode.Created or HttpStatusCode.Conflict, $"{(int)answer.StatusCode}")
        );
        Assert.Single(made, answer => !answer.Headers.Contains("Idempotency-Replayed"));
        Assert.Single((await Task.WhenAll(made.Select(ShowAsync))).Distinct());
        Assert.Equal(1, await app.InTenantAsync(tenant.Id, db => db.Documents.CountAsync()));

        using var otherContent = await UploadAsync("other"u8.ToArray(), "same.txt");
        using var otherName = await UploadAsync("same"u8.ToArray(), "other.txt");
        Assert.Equal("IDEMPOTENCY_KEY_REUSED", await otherContent.ReadProblemAsync(HttpStatusCode.UnprocessableEntity));
        Assert.Equal("IDEMPOTENCY_KEY_REUSED", await otherName.ReadProblemAsync(HttpStatusCode.UnprocessableEntity));

        async Task<HttpResponseMessage> UploadAsync(byte[] content, string name) =>
            await SendAsync(
                tenant.Admin.Http,
                new HttpRequestMessage(HttpMethod.Post, $"{tenant.Path}/documents")
                {
                    Content = TestTenant.FormOf(content, name, "text/plain"),
                },
                "upload"
            );
    }

    [Fact]
    public async Task Every_route_that_accepts_a_key_has_one_effect()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        var member = await TestUser.RegisterAsync(app);
        var renamed = await tenant.UploadAsync("renamed"u8.ToArray());
        var deleted = await tenant.UploadAsync("deleted"u8.ToArray());
        var requests = new Dictionary<string, (string Path, object Body)>
        {
            ["POST /api/tenants/{tenantId}/users"] = ($"{tenant.Path}/users", new { user_id = member.Id, role = "viewer" }),
            ["POST /api/tenants/{tenantId}/sso/config"] = (
                $"{tenant.Path}/sso/config",
                new
                {
                    client_id = "app",
                    client_secret = "a-secret-of-the-test",
                    provider_tenant_id = Guid.CreateVersion7(DateTimeOffset.UnixEpoch).ToString(),
                }
            ),
            ["POST /api/tenants/{tenantId}/invitations"] = (
                $"{tenant.Path}/invitations",
                new { email = TestUser.NewEmail(), role = "viewer" }
            ),
            ["POST /api/tenants/{tenantId}/service-accounts"] = (
                $"{tenant.Path}/service-accounts",
                new { name = "Importer", role = "viewer" }
            ),
            ["POST /api/tenants/{tenantId}/sso/domains"] = ($"{tenant.Path}/sso/domains", new { domain = $"{tenant.Id:N}.example.com" }),
            ["POST /api/tenants/{tenantId}/documents/bulk-update"] = (
                $"{tenant.Path}/documents/bulk-update",
                new { documents = new[] { new { document_id = renamed.IdOf(), filename = "new.pdf" } } }
            ),
            ["POST /api/tenants/{tenantId}/documents/bulk-delete"] = (
                $"{tenant.Path}/documents/bulk-delete",
                new { document_ids = new[] { deleted.IdOf() } }
            ),
            ["POST /api/demo/kafka/produce"] = ("/api/demo/kafka/produce", new { topic = "once", message = new { text = "once" } }),
        };
        var elsewhere = new[]
        {
            "POST /api/tenants",
            "POST /api/tenants/{tenantId}/documents",
            "POST /api/users/me/tenants", // by JoinRuleTests, because it needs a verified domain
        };
        Assert.Equal(
            elsewhere.Concat(requests.Keys).Order(),
            (await ApiOperation.ReadAllAsync(app)).Where(TakesKey).Select(operation => operation.Name).Order()
        );

        foreach (var (name, (path, body)) in requests)
        {
            using var first = await PostAsync(tenant.Admin.Http, path, "key", body);
            using var again = await PostAsync(tenant.Admin.Http, path, "key", body);
            Assert.True(first.IsSuccessStatusCode, $"{name}: {await first.Content.ReadAsStringAsync()}");
            Assert.Equal(await ShowAsync(first), await ShowAsync(again));
            Assert.Equal((false, true), (first.Headers.Contains("Idempotency-Replayed"), again.Headers.Contains("Idempotency-Replayed")));
        }
    }

    [Fact]
    public async Task Every_authenticated_POST_that_creates_a_resource_accepts_a_key()
    {
        // A stored response would contain the secret that these show once.
        string[] secret =
        [
            "POST /api/tenants/{tenantId}/service-accounts/{serviceAccountId}/keys",
            "POST /api/tenants/{tenantId}/service-accounts/{serviceAccountId}/keys/{keyId}/rotate",
            "POST /api/users/me/factors/passkeys",
        ];
        var making = (await ApiOperation.ReadAllAsync(app))
            .Where(operation =>
                operation.Method == "POST"
                && operation.NeedsSignIn
                && operation.Description.GetProperty("responses").TryGetProperty("201", out _)
            )
            .ToList();

        Assert.NotEmpty(making);
        Assert.Equal(secret, making.Where(operation => !TakesKey(operation)).Select(operation => operation.Name).Order());
    }

    [Fact]
    public async Task A_reused_key_is_rejected_for_another_request_and_keys_are_per_user()
    {
        var (one, two) = (await TestUser.RegisterAsync(app), await TestUser.RegisterAsync(app));
        using var first = await PostAsync(one.Http, "/api/tenants", "shared", new { name = "First" });
        using var changed = await PostAsync(one.Http, "/api/tenants", "shared", new { name = "Second" });
        using var others = await PostAsync(two.Http, "/api/tenants", "shared", new { name = "Second" });
        using var plain = await one.Http.PostAsJsonAsync("/api/tenants", new { name = "First" });

        Assert.Equal("IDEMPOTENCY_KEY_REUSED", await changed.ReadProblemAsync(HttpStatusCode.UnprocessableEntity));
        Assert.Equal(
            (HttpStatusCode.Created, HttpStatusCode.Created, HttpStatusCode.Created),
            (first.StatusCode, others.StatusCode, plain.StatusCode)
        );
        Assert.Equal((2, 1), (await CountAsync(one), await CountAsync(two)));

        Task<int> CountAsync(TestUser user) => app.InControlAsync(db => db.Tenants.CountAsync(tenant => tenant.CreatedBy == user.Id));
    }

    [Fact]
    public async Task An_error_response_is_not_stored()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        var member = await TestUser.RegisterAsync(app);
        await member.ConfirmEmailAsync(app);
        using var invalid = await PostAsync(tenant.Admin.Http, $"{tenant.Path}/users", "key", new { });
        using var unknown = await PostAsync(tenant.Admin.Http, $"{tenant.Path}/users", "key", new { user_id = tenant.Id, role = "viewer" });
        using var right = await PostAsync(tenant.Admin.Http, $"{tenant.Path}/users", "key", new { email = member.Email, role = "viewer" });

        Assert.Equal(
            (HttpStatusCode.BadRequest, HttpStatusCode.NotFound, HttpStatusCode.Created),
            (invalid.StatusCode, unknown.StatusCode, right.StatusCode)
        );
    }

    [Fact]
    public async Task A_stored_response_is_replayed_only_to_users_who_still_have_access()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        var user = await tenant.AddAsync(Core.Access.TenantRole.User);
        using var first = await PostAsync(
            user.Http,
            $"{tenant.Path}/documents/bulk-delete",
            "key",
            new { document_ids = new[] { tenant.Id } }
        );
        using var removed = await tenant.Admin.Http.DeleteAsync($"{tenant.Path}/users/{user.Id}");
        using var again = await PostAsync(
            user.Http,
            $"{tenant.Path}/documents/bulk-delete",
            "key",
            new { document_ids = new[] { tenant.Id } }
        );

        Assert.Equal(
            (HttpStatusCode.OK, HttpStatusCode.OK, HttpStatusCode.NotFound),
            (first.StatusCode, removed.StatusCode, again.StatusCode)
        );
    }

    public static TheoryData<string> BadKeys() => new("", new string('k', 256), "tab\tstop");

    [Theory]
    [MemberData(nameof(BadKeys))]
    public async Task A_malformed_key_is_rejected_with_400(string key)
    {
        var user = await TestUser.RegisterAsync(app);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/tenants")
        {
            Content = JsonContent.Create(new { name = "Never" }),
        };
        Assert.True(request.Headers.TryAddWithoutValidation("Idempotency-Key", key));
        using var answer = await user.Http.SendAsync(request);

        Assert.Equal("BAD_REQUEST", await answer.ReadProblemAsync(HttpStatusCode.BadRequest));
        Assert.Equal(0, await app.InControlAsync(db => db.Tenants.CountAsync(tenant => tenant.CreatedBy == user.Id)));
    }

    [Fact]
    public async Task Two_keys_in_one_request_are_rejected()
    {
        var user = await TestUser.RegisterAsync(app);
        var (status, _) = await RawRequest.SendAsync(
            app.Api,
            $"POST /api/tenants HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer {user.AccessToken}\r\nContent-Type: application/json\r\nContent-Length: 13\r\nIdempotency-Key: one\r\nIdempotency-Key: two\r\n\r\n{{\"name\": \"a\"}}"
        );

        Assert.Equal(400, status);
        Assert.Equal(0, await app.InControlAsync(db => db.Tenants.CountAsync(tenant => tenant.CreatedBy == user.Id)));
    }

    private static bool TakesKey(ApiOperation operation) =>
        operation.Description.TryGetProperty("parameters", out var parameters)
        && parameters.EnumerateArray().Any(parameter => parameter.GetProperty("name").GetString() == "Idempotency-Key");

    private static Task<HttpResponseMessage> PostAsync(HttpClient client, string path, string key, object body) =>
        SendAsync(client, new HttpRequestMessage(HttpMethod.Post, path) { Content = JsonContent.Create(body) }, key);

    private static async Task<HttpResponseMessage> SendAsync(HttpClient client, HttpRequestMessage request, string key)
    {
        using (request)
        {
            request.Headers.Add("Idempotency-Key", key);
            return await client.SendAsync(request);
        }
    }

    private static async Task<string> ShowAsync(HttpResponseMessage answer) =>
        $"{(int)answer.StatusCode} {answer.Headers.Location} {answer.Content.Headers.ContentType} {await answer.Content.ReadAsStringAsync()}";
}
