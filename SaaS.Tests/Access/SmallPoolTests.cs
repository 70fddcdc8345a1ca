using System.Net.Http.Json;
using Microsoft.EntityFrameworkCore;
using SaaS.Tests.Architecture;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Access;

/// <summary>
/// Tests every operation on an API with two pooled connections to the control database, one of which listens for ended sessions. A
/// request that holds one connection and needs a second gets none, and fails.
/// </summary>
public sealed class SmallPoolTests(SaaSApp app)
{
    private const int Many = 12;

    private ApiUnderTest StartSmall() =>
        app.StartApi(
            new()
            {
                ["ControlConnections:Budget"] = "2",
                ["ConnectionStrings:saas-platform"] = $"{app.Setting("ConnectionStrings:saas-platform")};Timeout=5",
            }
        );

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task No_tenant_operation_needs_a_second_connection(bool hasKey)
    {
        await using var api = StartSmall();
        var operations = (await ApiOperation.ReadAllAsync(api)).Where(operation => operation.Role is not null).ToList();
        Assert.Contains(operations, operation => operation.Bodies.Contains("multipart/form-data"));
        await using var tenant = await TestTenant.CreateAsync(app);
        var ids = await TenantIds.PlantAsync(app, tenant);
        using var admin = api.NewClient(tenant.Admin.AccessToken);

        foreach (
            var operation in operations
                .OrderBy(operation => operation.Method == "DELETE")
                .ThenBy(operation => operation.Name == "DELETE /api/tenants/{tenantId}")
        )
        {
            using var request = operation.RequestWith(ids.ByName, TenantMatrixTests.Bodies.GetValueOrDefault(operation.Name)?.Invoke(ids));
            await SendAsync(operation.Name, admin, request, hasKey);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task No_operation_outside_tenants_needs_a_second_connection(bool hasKey)
    {
        await using var api = StartSmall();
        await using var tenant = await TestTenant.CreateAsync(app);
        var ids = await TenantIds.PlantAsync(app, tenant);
        var currentUser = await TestUser.OperatorAsync(app);
        var target = await TestUser.RegisterAsync(app);
        using var client = api.NewClient(currentUser.AccessToken);
        var operations = (await ApiOperation.ReadAllAsync(api))
            .Where(operation =>
                operation.Role is null && operation.Name is not ("POST /api/auth/logout" or "DELETE /api/users/me/sessions")
            )
            .ToList();
        Assert.Contains(operations, operation => operation.Name == "POST /api/tenants");

        foreach (var operation in operations)
        {
            var values = operation.PathParameters.ToDictionary(
                parameter => parameter,
                parameter =>
                    parameter == "userId"
                        ? target.Id.ToString()
                        : ids.ByName.GetValueOrDefault(parameter) ?? Guid.CreateVersion7(DateTimeOffset.UnixEpoch).ToString()
            );
            using var request = operation.RequestWith(
                values,
                RevokedAccessDuringRequestTests.Bodies.GetValueOrDefault(operation.Name)?.Invoke(ids)
                    ?? AnonymousBodies.GetValueOrDefault(operation.Name)
            );
            await SendAsync(operation.Name, client, request, hasKey);
        }
    }

    [Fact]
    public async Task Concurrent_tenant_creation_with_idempotency_keys_blocks_no_other_requests()
    {
        await using var api = StartSmall();
        var maker = await TestUser.RegisterAsync(app);
        var other = await TestUser.RegisterAsync(app);
        using var making = api.NewClient(maker.AccessToken);
        using var reading = api.NewClient(other.AccessToken);
        var made = Enumerable
            .Range(0, Many)
            .Select(turn =>
            {
                var request = new HttpRequestMessage(HttpMethod.Post, "/api/tenants")
                {
                    Content = JsonContent.Create(new { name = "Many" }),
                    Headers = { { "Idempotency-Key", $"many-{turn}" } },
                };
                return making.SendAsync(request);
            })
            .ToList();
        var read = Enumerable.Range(0, Many).Select(_ => reading.GetAsync("/api/users/me")).ToList();

        Assert.All(await Task.WhenAll(read), answer => Assert.Equal(HttpStatusCode.OK, answer.StatusCode));
        foreach (var answer in await Task.WhenAll(made))
        {
            await app.DrainAsync((await answer.ReadDataAsync(HttpStatusCode.Created)).IdOf());
        }
    }

    [Fact]
    public async Task The_concurrency_limit_of_an_account_does_not_affect_other_accounts()
    {
        await using var api = app.StartApi(new() { ["Requests:PerAccount"] = "1", ["Requests:QueuePerAccount"] = "0" });
        await using var tenant = await TestTenant.CreateAsync(app);
        var newcomer = await TestUser.RegisterAsync(app);
        using var admin = api.NewClient(tenant.Admin.AccessToken);
        using var other = api.NewClient(newcomer.AccessToken);
        await app.InControlAsync(async db =>
        {
            await using var holding = await db.Database.BeginTransactionAsync();
            await db.Database.ExecuteSqlAsync($"SELECT FROM tenants WHERE id = {tenant.Id} FOR UPDATE");
            var adding = admin.PostAsJsonAsync($"{tenant.Path}/users", new { user_id = newcomer.Id, role = "viewer" });
            await RevokedAccessDuringRequestTests.IsWaitedForAsync(db);
            using var second = await admin.GetAsync("/api/users/me");
            using var others = await other.GetAsync("/api/users/me");
            Assert.Equal("TOO_MANY_REQUESTS", await second.ReadProblemAsync(HttpStatusCode.TooManyRequests));
            Assert.Equal(HttpStatusCode.OK, others.StatusCode);
            await holding.RollbackAsync();
            using var added = await adding;
            using var again = await admin.GetAsync("/api/users/me");
            Assert.Equal((HttpStatusCode.Created, HttpStatusCode.OK), (added.StatusCode, again.StatusCode));
            return true;
        });
    }

    /// <summary>Request bodies that reach the database on routes without authentication.</summary>
    internal static readonly Dictionary<string, object> AnonymousBodies = new()
    {
        ["POST /api/auth/register"] = new
        {
            first_name = "Small",
            last_name = "Pool",
            email = "small-pool@example.com",
            password = TestUser.Password,
        },
        ["POST /api/auth/login"] = new { email = "small-pool@example.com", password = TestUser.Password },
        ["POST /api/auth/refresh"] = new { refresh_token = UnknownToken },
        ["POST /api/auth/verify-email"] = new { token = UnknownToken },
        ["POST /api/auth/confirm-email"] = new { token = UnknownToken },
        ["POST /api/auth/reset-password"] = new { token = UnknownToken, new_password = TestUser.Password },
        ["POST /api/auth/forgot-password"] = new { email = "small-pool@example.com" },
        ["POST /api/auth/sso/detect"] = new { email = "small-pool@example.com" },
        ["POST /api/auth/sso/azure/refresh"] = new
        {
            tenant_id = Guid.CreateVersion7(DateTimeOffset.UnixEpoch),
            refresh_token = UnknownToken,
        },
        ["POST /api/auth/sso/exchange"] = new { code = UnknownToken },
        ["POST /api/auth/sso/link"] = new { link_code = UnknownToken, password = TestUser.Password },
        ["POST /api/auth/sso/break-glass/{tenantId}"] = new
        {
            email = "small-pool@example.com",
            password = TestUser.Password,
            code = "123456",
        },
    };

    // The key id is unknown: the key ring has to be reloaded to find that out.
    private const string UnknownToken = "019a0000000070008000000000000000.unknown-key.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

    private static async Task SendAsync(string name, HttpClient client, HttpRequestMessage request, bool hasKey)
    {
        if (hasKey)
        {
            request.Headers.Add("Idempotency-Key", "small-pool");
        }

        using var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        Assert.True((int)answer.StatusCode < 500, $"{name}: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
    }
}
