using Microsoft.EntityFrameworkCore;
using SaaS.Core.Access;
using SaaS.Core.Documents;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Architecture;

/// <summary>
/// Tests every tenant operation of the OpenAPI document with every role, with ids of the same tenant and of another; the expected
/// result follows from the role in <see cref="RouteTable"/>. An operation with a new kind of id or body fails until it is added
/// here.
/// </summary>
public sealed class TenantMatrixTests(SaaSApp app)
{
    private const string Tenant = "tenantId";
    private const string Marker = "planted-in-another-tenant";

    /// <summary>A valid body for each operation, built from the ids of a tenant.</summary>
    internal static readonly Dictionary<string, Func<TenantIds, object>> Bodies = new()
    {
        ["PUT /api/tenants/{tenantId}"] = _ => new { name = "Renamed" },
        ["PATCH /api/tenants/{tenantId}"] = _ => new { name = "Renamed" },
        ["PUT /api/tenants/{tenantId}/mfa"] = _ => new { require_mfa = true },
        ["POST /api/tenants/{tenantId}/users"] = ids => new { user_id = ids.Newcomer, role = "viewer" },
        ["PUT /api/tenants/{tenantId}/users/{userId}"] = _ => new { role = "viewer" },
        ["PATCH /api/tenants/{tenantId}/users/{userId}"] = _ => new { role = "viewer" },
        ["POST /api/tenants/{tenantId}/invitations"] = ids => new { email = $"{ids.Newcomer:N}@example.com", role = "viewer" },
        ["PUT /api/tenants/{tenantId}/join-rule"] = _ => new { role = "viewer" },
        ["PUT /api/tenants/{tenantId}/documents/{documentId}"] = _ => new { filename = "renamed.pdf" },
        ["PATCH /api/tenants/{tenantId}/documents/{documentId}"] = _ => new { filename = "renamed.pdf" },
        ["POST /api/tenants/{tenantId}/documents/bulk-delete"] = ids => new { document_ids = new[] { ids.Document } },
        ["POST /api/tenants/{tenantId}/documents/bulk-update"] = ids => new
        {
            documents = new[] { new { document_id = ids.Document, filename = "renamed.pdf" } },
        },
        ["POST /api/tenants/{tenantId}/sso/config"] = _ => new
        {
            client_id = "application",
            client_secret = "secret",
            provider_tenant_id = "contoso.example",
        },
        ["PUT /api/tenants/{tenantId}/sso/config"] = _ => new { client_id = "other-application" },
        ["POST /api/tenants/{tenantId}/sso/config/enable"] = _ => new { auth_method = "both" },
        ["POST /api/tenants/{tenantId}/sso/config/disable"] = _ => new { keep_azure_identities = false },
        ["PUT /api/tenants/{tenantId}/sso/config/auto-provisioning"] = _ => new { enabled = true },
        ["POST /api/tenants/{tenantId}/sso/domains"] = _ => new { domain = "other.example" },
        ["POST /api/tenants/{tenantId}/sso/break-glass/confirm"] = _ => new { code = "123456" },
        ["POST /api/tenants/{tenantId}/service-accounts"] = _ => new { name = "Importer", role = "viewer" },
        ["PATCH /api/tenants/{tenantId}/service-accounts/{serviceAccountId}"] = _ => new { name = "Renamed" },
        ["POST /api/tenants/{tenantId}/service-accounts/{serviceAccountId}/keys"] = _ => new
        {
            name = "Nightly import",
            scopes = new[] { "documents:read" },
        },
        ["POST /api/tenants/{tenantId}/service-accounts/{serviceAccountId}/keys/{keyId}/rotate"] = _ => new { overlap_seconds = 60 },
        ["PATCH /api/files/{tenantId}/files/{fileId}"] = _ => new { file_metadata = new { tag = "x" } },
    };

    /// <summary>
    /// Operations that check more than the role: every member may leave and may change their own documents; only admins may do so
    /// for others.
    /// </summary>
    private static readonly Dictionary<string, TenantRole> StricterForOthers = new()
    {
        ["DELETE /api/tenants/{tenantId}/users/{userId}"] = TenantRole.Admin,
        ["PUT /api/tenants/{tenantId}/documents/{documentId}"] = TenantRole.Admin,
        ["PATCH /api/tenants/{tenantId}/documents/{documentId}"] = TenantRole.Admin,
        ["DELETE /api/tenants/{tenantId}/documents/{documentId}"] = TenantRole.Admin,
    };

    /// <summary>
    /// Operations that name a tenant but are outside it: those of operators, those before sign-in, and those on the current user.
    /// </summary>
    private static readonly string[] OutsideOfTenants = ["/api/admin/", "/api/auth/", "/api/users/me/"];

    /// <summary>Query parameters that contain an id.</summary>
    private static readonly string[] IdsInQueries = ["subject_id", "user_id"];

    /// <summary>Query parameters that contain no id.</summary>
    private static readonly string[] NoIds =
    [
        "page",
        "per_page",
        "filename",
        "mime_type",
        "created_from",
        "created_before",
        "sort",
        "include_stats",
        "min_age_hours",
        "expires_in",
        "redirect",
        "force",
        "period",
        "actor",
        "action",
        "subject_type",
        "from",
        "to",
        "cursor",
        "format",
    ];

    [Fact]
    public async Task The_matrix_covers_every_tenant_operation_and_every_id_parameter()
    {
        var known = new TenantIds(default, default, default, default, default, "", default).ByName.Keys;
        foreach (var operation in await ReadOperationsAsync())
        {
            Assert.True(
                operation.Role is not null,
                $"{operation.Name} does not say which role it needs: map it in a group made by MapTenantGroup"
            );
            Assert.True(
                operation.PathParameters.All(known.Contains),
                $"{operation.Name} has an id in its path that this matrix does not know: add it to TenantIds"
            );
            Assert.True(
                !operation.Bodies.Contains("application/json") || Bodies.ContainsKey(operation.Name),
                $"{operation.Name} takes a body: add one to Bodies"
            );
            Assert.True(
                operation.QueryParameters.All(name => IdsInQueries.Contains(name) || NoIds.Contains(name)),
                $"{operation.Name} has a query parameter that is neither in IdsInQueries nor in NoIds"
            );
        }
    }

    [Theory]
    [InlineData(TenantRole.Viewer)]
    [InlineData(TenantRole.User)]
    [InlineData(TenantRole.Admin)]
    public async Task A_member_can_do_exactly_what_the_role_allows(TenantRole role)
    {
        await using var shared = await TestTenant.CreateAsync(app);
        var sharedIds = await TenantIds.PlantAsync(app, shared);
        using var sharedMember = await shared.AsAsync(role);

        foreach (var operation in await ReadOperationsAsync())
        {
            var isAllowed = role.Includes(StricterForOthers.GetValueOrDefault(operation.Name, RouteTable.Of(operation.Name).Role!.Value));
            if (!isAllowed || operation.Method == "GET")
            {
                using var answer = await sharedMember.SendAsync(RequestOf(operation, sharedIds));
                await CheckAsync(operation, isAllowed, answer);
                continue;
            }

            // A tenant for each operation, because a successful call changes or closes it.
            await using var tenant = await TestTenant.CreateAsync(app);
            using var member = await tenant.AsAsync(role);
            using var changed = await member.SendAsync(RequestOf(operation, await TenantIds.PlantAsync(app, tenant)));
            await CheckAsync(operation, isAllowed, changed);
        }

        async Task CheckAsync(ApiOperation operation, bool isAllowed, HttpResponseMessage answer) =>
            Assert.True(
                isAllowed
                    ? answer.StatusCode is not (HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden or HttpStatusCode.NotFound)
                        && (int)answer.StatusCode < 500
                    : answer.StatusCode is HttpStatusCode.Forbidden,
                $"{operation.Name} as {role}: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()}"
            );
    }

    [Fact]
    public async Task Strangers_get_404_and_anonymous_clients_get_401_everywhere()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        var ids = await TenantIds.PlantAsync(app, tenant);
        using var stranger = await tenant.AsStrangerAsync();
        using var nobody = tenant.AsNobody();

        foreach (var operation in await ReadOperationsAsync())
        {
            using var toStranger = await stranger.SendAsync(RequestOf(operation, ids));
            using var toNobody = await nobody.SendAsync(RequestOf(operation, ids));
            Assert.Equal((operation.Name, "NOT_FOUND"), (operation.Name, await toStranger.ReadProblemAsync(HttpStatusCode.NotFound)));
            Assert.Equal((operation.Name, "UNAUTHORIZED"), (operation.Name, await toNobody.ReadProblemAsync(HttpStatusCode.Unauthorized)));
        }
    }

    [Fact]
    public async Task A_stranger_cannot_distinguish_an_existing_tenant_from_a_missing_one()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        using var stranger = await tenant.AsStrangerAsync();
        using var real = await stranger.GetAsync(tenant.Path);
        using var invented = await stranger.GetAsync($"/api/tenants/{Guid.CreateVersion7(DateTimeOffset.UnixEpoch)}");

        Assert.Equal(
            (await real.ReadAsync(HttpStatusCode.NotFound)).GetProperty("message").GetString(),
            (await invented.ReadAsync(HttpStatusCode.NotFound)).GetProperty("message").GetString()
        );
    }

    [Fact]
    public async Task Ids_of_another_tenant_are_not_found_and_reveal_nothing()
    {
        await using var mine = await TestTenant.CreateAsync(app);
        await using var other = await TestTenant.CreateAsync(app);
        var theirs = await TenantIds.PlantAsync(app, other, marker: Marker);
        var crossed = theirs with { Tenant = mine.Id };
        var operations = (await ReadOperationsAsync()).Where(operation => operation.Name is not "DELETE /api/tenants/{tenantId}").ToList();
        Assert.Contains(operations, operation => operation.PathParameters.Count() > 1);

        foreach (var operation in operations)
        {
            var query = string.Concat(operation.QueryParameters.Intersect(IdsInQueries).Select(name => $"?{name}={theirs.Document}"));
            using var answer = await mine.Admin.Http.SendAsync(RequestOf(operation, crossed, query));
            var text = await answer.Content.ReadAsStringAsync();

            Assert.True(
                operation.PathParameters.Count() == 1 || answer.StatusCode is HttpStatusCode.NotFound,
                $"{operation.Name}: {(int)answer.StatusCode}"
            );
            Assert.DoesNotContain(Marker, text, StringComparison.Ordinal);
            Assert.DoesNotContain(theirs.Document.ToString(), WithoutWhatWasAsked(text), StringComparison.Ordinal);
        }

        Assert.Equal(
            $"{Marker}.pdf",
            await app.InTenantAsync(other.Id, db => db.Documents.Select(document => document.Filename).SingleAsync())
        );

        // Removes the requested path, and the rejection of a requested item.
        string WithoutWhatWasAsked(string text) =>
            text.Replace($"/{theirs.Document}", "", StringComparison.Ordinal)
                .Replace($"\"document_id\":\"{theirs.Document}\",\"success\":false", "", StringComparison.Ordinal);
    }

    internal static HttpRequestMessage RequestOf(ApiOperation operation, TenantIds ids, string query = "") =>
        operation.RequestWith(ids.ByName, Bodies.GetValueOrDefault(operation.Name)?.Invoke(ids), query);

    private Task<IReadOnlyList<ApiOperation>> ReadOperationsAsync() => ReadOperationsAsync(app);

    internal static async Task<IReadOnlyList<ApiOperation>> ReadOperationsAsync(SaaSApp app)
    {
        var operations = (await ApiOperation.ReadAllAsync(app))
            .Where(operation =>
                operation.PathParameters.Contains(Tenant)
                && !OutsideOfTenants.Any(prefix => operation.Path.StartsWith(prefix, StringComparison.Ordinal))
            )
            .ToList();
        Assert.Contains(operations, operation => operation.Name == "POST /api/tenants/{tenantId}/documents");
        return operations;
    }
}
