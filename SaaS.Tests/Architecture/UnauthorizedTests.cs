using SaaS.Core.Access;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Architecture;

/// <summary>
/// Every operation that the OpenAPI document lists, as nobody, as a stranger, as a viewer, and with another tenant's ids.
/// A new operation is covered the moment it exists; one that the matrix does not understand turns it red.
/// </summary>
public sealed class UnauthorizedTests(SaaSApp app)
{
    private const string Tenant = "tenantId";

    /// <summary>Answers nobody. This list may only shrink.</summary>
    private static readonly string[] Public =
    [
        "POST /api/auth/register",
        "POST /api/auth/login",
        "POST /api/auth/refresh",
        "POST /api/auth/verify-email",
        "POST /api/auth/forgot-password",
        "POST /api/auth/reset-password",
        "POST /api/auth/confirm-email",
    ];

    /// <summary>What a viewer may do: everything else inside a tenant needs more.</summary>
    private static readonly string[] ForViewers =
    [
        "GET /api/tenants/{tenantId}",
        "GET /api/tenants/{tenantId}/documents",
        "GET /api/tenants/{tenantId}/documents/{documentId}",
        "GET /api/tenants/{tenantId}/documents/{documentId}/content",
    ];

    [Fact]
    public async Task Nobody_gets_401_everywhere_but_where_one_signs_in()
    {
        using var nobody = app.NewClient();
        var open = new List<string>();

        foreach (var operation in await ReadOperationsAsync())
        {
            using var answer = await nobody.SendAsync(operation.RequestWith(AnyIds(operation)));
            if (answer.StatusCode is HttpStatusCode.Unauthorized && await answer.ReadRefusalAsync(HttpStatusCode.Unauthorized) == "UNAUTHORIZED")
            {
                continue;
            }

            open.Add(operation.Name);
        }

        // Refresh says 401 to nobody for a reason of its own: there is no token in the request.
        Assert.Equal([.. Public.Order()], [.. open.Order()]);
    }

    [Fact]
    public async Task A_stranger_gets_404_everywhere_under_a_tenant()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        var ids = await IdsOfAsync(tenant);
        using var stranger = await tenant.AsStrangerAsync();

        foreach (var operation in await ReadTenantOperationsAsync())
        {
            using var answer = await stranger.SendAsync(operation.RequestWith(ids));
            Assert.Equal((operation.Name, "NOT_FOUND"), (operation.Name, await answer.ReadRefusalAsync(HttpStatusCode.NotFound)));
        }
    }

    [Fact]
    public async Task A_stranger_cannot_tell_a_tenant_that_exists_from_one_that_does_not()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        using var stranger = await tenant.AsStrangerAsync();

        using var real = await stranger.GetAsync(tenant.Path);
        using var invented = await stranger.GetAsync($"/api/tenants/{Guid.CreateVersion7(DateTimeOffset.UnixEpoch)}");

        Assert.Equal(
            (await real.ReadAsync(HttpStatusCode.NotFound)).GetProperty("message").GetString(),
            (await invented.ReadAsync(HttpStatusCode.NotFound)).GetProperty("message").GetString());
    }

    [Fact]
    public async Task A_viewer_reads_and_does_nothing_else()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        var ids = await IdsOfAsync(tenant);
        using var viewer = await tenant.AsAsync(TenantRole.Viewer);

        foreach (var operation in await ReadTenantOperationsAsync())
        {
            using var answer = await viewer.SendAsync(operation.RequestWith(ids));
            var expected = ForViewers.Contains(operation.Name) ? HttpStatusCode.OK : HttpStatusCode.Forbidden;
            Assert.Equal((operation.Name, expected), (operation.Name, answer.StatusCode));
        }
    }

    [Fact]
    public async Task Another_tenants_ids_do_not_exist_here()
    {
        await using var mine = await TestTenant.CreateAsync(app);
        await using var other = await TestTenant.CreateAsync(app);
        var foreign = await IdsOfAsync(other);
        foreign[Tenant] = mine.Id;
        var crossed = (await ReadTenantOperationsAsync()).Where(operation => operation.PathParameters.Count() > 1).ToList();
        Assert.NotEmpty(crossed);

        foreach (var operation in crossed)
        {
            using var answer = await mine.Admin.Http.SendAsync(operation.RequestWith(foreign));
            Assert.Equal((operation.Name, HttpStatusCode.NotFound), (operation.Name, answer.StatusCode));
        }
    }

    private async Task<IReadOnlyList<ApiOperation>> ReadOperationsAsync()
    {
        var operations = await ApiOperation.ReadAllAsync(app);
        Assert.NotEmpty(operations);
        return operations;
    }

    private async Task<IReadOnlyList<ApiOperation>> ReadTenantOperationsAsync()
    {
        var operations = (await ReadOperationsAsync()).Where(operation => operation.PathParameters.Contains(Tenant)).ToList();
        Assert.Contains(operations, operation => operation.Name == "POST /api/tenants/{tenantId}/documents");
        return operations;
    }

    private static Dictionary<string, Guid> AnyIds(ApiOperation operation) =>
        operation.PathParameters.ToDictionary(parameter => parameter, _ => Guid.CreateVersion7(DateTimeOffset.UnixEpoch));

    /// <summary>One real thing of each kind; an operation with another id in its path has to be taught here.</summary>
    private static async Task<Dictionary<string, Guid>> IdsOfAsync(TestTenant tenant)
    {
        var document = await tenant.UploadAsync("something"u8.ToArray());
        return new Dictionary<string, Guid> { [Tenant] = tenant.Id, ["documentId"] = document.GetProperty("id").GetGuid() };
    }
}
