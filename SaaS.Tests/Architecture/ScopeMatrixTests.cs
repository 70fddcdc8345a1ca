using System.Net.Http.Json;
using SaaS.Core.Access;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Architecture;

/// <summary>
/// Tests every operation with API keys: each scope alone, all scopes but the needed one, every role, and ids of another tenant. The
/// expected results follow from <see cref="RouteTable"/>, so a new operation is denied to keys until the table names its scope.
/// </summary>
public sealed class ScopeMatrixTests(SaaSApp app)
{
    [Fact]
    public void Every_scope_is_used_by_a_route_that_its_role_can_call()
    {
        Assert.Equal(PlantedKey.AllScopes.Order(), RouteTable.Routes.Select(route => route.Scope).OfType<string>().Distinct().Order());
        foreach (var scope in ApiScope.All)
        {
            var routes = RouteTable.Routes.Where(route => route.Scope == scope.Name).ToList();
            Assert.Equal((scope.Name, scope.Role), (scope.Name, routes.Min(RoleOf)));
        }

        // Leaving a tenant is for people: a key removes others, which needs an admin.
        static TenantRole RoleOf(Route route) =>
            route.Name == "DELETE /api/tenants/{tenantId}/users/{userId}" ? TenantRole.Admin : route.Role!.Value;
    }

    [Fact]
    public async Task A_key_can_do_exactly_what_its_scope_allows()
    {
        await using var shared = await TestTenant.CreateAsync(app);
        var ids = await TenantIds.PlantAsync(app, shared);
        var account = await PlantedKey.CreateAsync(shared, TenantRole.Admin, PlantedKey.AllScopes);
        var alone = new Dictionary<string, HttpClient>();
        var allBut = new Dictionary<string, HttpClient>();
        foreach (var scope in PlantedKey.AllScopes)
        {
            alone[scope] = await ClientAsync(shared, account.ServiceAccount, [scope]);
            // Another service account, because the number of keys of one is limited.
            allBut[scope] = app.NewClient(
                (await PlantedKey.CreateAsync(shared, TenantRole.Admin, [.. PlantedKey.AllScopes.Where(other => other != scope)])).Secret
            );
        }

        using var all = app.NewClient(account.Secret);
        foreach (var operation in await TenantMatrixTests.ReadOperationsAsync(app))
        {
            if (RouteTable.Of(operation.Name).Scope is not { } needed)
            {
                await DeniedAsync(operation, all, ids, "NOT_FOR_API_KEYS");
                continue;
            }

            await DeniedAsync(operation, allBut[needed], ids, "INSUFFICIENT_SCOPE");
            foreach (var (_, other) in alone.Where(key => key.Key != needed))
            {
                await DeniedAsync(operation, other, ids, "INSUFFICIENT_SCOPE");
            }

            if (operation.Method == "GET")
            {
                using var read = await alone[needed].SendAsync(TenantMatrixTests.RequestOf(operation, ids));
                await AllowedAsync(operation, read);
                continue;
            }

            // A tenant for each operation, because a successful call changes it.
            await using var tenant = await TestTenant.CreateAsync(app);
            var own = await TenantIds.PlantAsync(app, tenant);
            using var key = app.NewClient((await PlantedKey.CreateAsync(tenant, TenantRole.Admin, [needed])).Secret);
            using var changed = await key.SendAsync(TenantMatrixTests.RequestOf(operation, own));
            await AllowedAsync(operation, changed);
        }
    }

    [Theory]
    [InlineData(TenantRole.Viewer)]
    [InlineData(TenantRole.User)]
    public async Task A_key_never_exceeds_the_role_of_its_service_account(TenantRole role)
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        var ids = await TenantIds.PlantAsync(app, tenant);
        var key = await PlantedKey.CreateAsync(tenant, TenantRole.Admin, PlantedKey.AllScopes);
        using var client = app.NewClient(key.Secret);
        using var demoted = await tenant.Admin.Http.PatchAsJsonAsync(key.AccountPath(tenant), new { role = role.ToJsonName() });
        Assert.Equal(HttpStatusCode.OK, demoted.StatusCode);
        var (denied, allowed) = (0, 0);
        foreach (
            var operation in (await TenantMatrixTests.ReadOperationsAsync(app)).Where(one => RouteTable.Of(one.Name).Scope is not null)
        )
        {
            var needed = operation.Name == "DELETE /api/tenants/{tenantId}/users/{userId}" ? TenantRole.Admin : operation.Role!.Value;
            if (!role.Includes(needed))
            {
                denied++;
                await DeniedAsync(operation, client, ids, "FORBIDDEN");
            }
            else if (operation.Method == "GET")
            {
                allowed++;
                using var answer = await client.SendAsync(TenantMatrixTests.RequestOf(operation, ids));
                await AllowedAsync(operation, answer);
            }
        }

        Assert.True(denied > 5 && allowed > 5, $"{denied} denied, {allowed} allowed");
        foreach (var scope in ApiScope.All)
        {
            using var created = await tenant.Admin.Http.PostAsJsonAsync(
                $"{key.AccountPath(tenant)}/keys",
                new { name = "Importer", scopes = new[] { scope.Name } }
            );
            Assert.Equal(
                (scope.Name, role.Includes(scope.Role) ? HttpStatusCode.Created : HttpStatusCode.BadRequest),
                (scope.Name, created.StatusCode)
            );
        }
    }

    [Fact]
    public async Task A_key_of_another_tenant_is_treated_as_a_stranger()
    {
        await using var mine = await TestTenant.CreateAsync(app);
        await using var other = await TestTenant.CreateAsync(app);
        var theirs = await TenantIds.PlantAsync(app, other);
        using var key = app.NewClient((await PlantedKey.CreateAsync(mine, TenantRole.Admin, PlantedKey.AllScopes)).Secret);
        using var narrow = app.NewClient((await PlantedKey.CreateAsync(mine, TenantRole.Admin, ["files:read"])).Secret);
        foreach (var operation in await TenantMatrixTests.ReadOperationsAsync(app))
        {
            foreach (var client in (HttpClient[])[key, narrow])
            {
                using var answer = await client.SendAsync(TenantMatrixTests.RequestOf(operation, theirs));
                Assert.Equal((operation.Name, "NOT_FOUND"), (operation.Name, await answer.ReadProblemAsync(HttpStatusCode.NotFound)));
            }
        }
    }

    [Fact]
    public async Task Ids_of_another_tenant_are_not_found_by_a_key()
    {
        await using var mine = await TestTenant.CreateAsync(app);
        await using var other = await TestTenant.CreateAsync(app);
        var crossed = await TenantIds.PlantAsync(app, other) with { Tenant = mine.Id };
        using var key = app.NewClient((await PlantedKey.CreateAsync(mine, TenantRole.Admin, PlantedKey.AllScopes)).Secret);
        var operations = (await TenantMatrixTests.ReadOperationsAsync(app))
            .Where(one => RouteTable.Of(one.Name).Scope is not null && one.PathParameters.Count() > 1)
            .ToList();
        Assert.NotEmpty(operations);
        foreach (var operation in operations)
        {
            using var answer = await key.SendAsync(TenantMatrixTests.RequestOf(operation, crossed));
            Assert.Equal((operation.Name, HttpStatusCode.NotFound), (operation.Name, answer.StatusCode));
        }
    }

    [Fact]
    public async Task No_key_reaches_a_route_outside_of_tenants()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        var ids = await TenantIds.PlantAsync(app, tenant);
        using var key = app.NewClient((await PlantedKey.CreateAsync(tenant, TenantRole.Admin, PlantedKey.AllScopes)).Secret);
        var operations = (await ApiOperation.ReadAllAsync(app)).Where(one => one is { Role: null, NeedsSignIn: true }).ToList();
        Assert.Contains(operations, operation => operation.Name == "GET /api/users/me");
        Assert.Contains(operations, operation => operation.Name == "GET /api/admin/users");
        foreach (var operation in operations)
        {
            var values = operation.PathParameters.ToDictionary(
                name => name,
                name => ids.ByName.GetValueOrDefault(name) ?? Guid.CreateVersion7(DateTimeOffset.UnixEpoch).ToString()
            );
            using var answer = await key.SendAsync(operation.RequestWith(values));
            Assert.Equal((operation.Name, "NOT_FOR_API_KEYS"), (operation.Name, await answer.ReadProblemAsync(HttpStatusCode.Forbidden)));
        }
    }

    private async Task<HttpClient> ClientAsync(TestTenant tenant, Guid account, string[] scopes) =>
        app.NewClient((await PlantedKey.AddAsync(tenant, account, scopes)).Secret);

    private static async Task DeniedAsync(ApiOperation operation, HttpClient client, TenantIds ids, string code)
    {
        using var answer = await client.SendAsync(TenantMatrixTests.RequestOf(operation, ids));
        Assert.Equal((operation.Name, code), (operation.Name, await answer.ReadProblemAsync(HttpStatusCode.Forbidden)));
    }

    private static async Task AllowedAsync(ApiOperation operation, HttpResponseMessage answer) =>
        Assert.True(
            answer.StatusCode is not (HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden or HttpStatusCode.NotFound)
                && (int)answer.StatusCode < 500,
            $"{operation.Name}: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()}"
        );
}
