using System.Text;
using SaaS.Core.Access;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Http;

/// <summary>A tenant with a resource of each kind, and for each operation of the API a request that reaches its validation rules.</summary>
internal sealed class EveryOperation : IAsyncDisposable
{
    private readonly TestUser _operator;
    private readonly Dictionary<string, string> _ids;

    private EveryOperation(
        TestTenant tenant,
        TestUser platformAdmin,
        IReadOnlyList<ApiOperation> operations,
        Dictionary<string, string> ids
    ) => (Tenant, _operator, Operations, _ids) = (tenant, platformAdmin, operations, ids);

    public TestTenant Tenant { get; }

    public IReadOnlyList<ApiOperation> Operations { get; }

    public static async Task<EveryOperation> ReadAsync(SaaSApp app)
    {
        var tenant = await TestTenant.CreateAsync(app);
        var document = await tenant.UploadAsync(Encoding.UTF8.GetBytes("%PDF-1.7\nwalked"));
        var member = await tenant.AddAsync(TenantRole.Viewer);
        var key = await PlantedKey.CreateAsync(tenant, TenantRole.Admin, PlantedKey.AllScopes);
        return new EveryOperation(
            tenant,
            await TestUser.OperatorAsync(app),
            await ApiOperation.ReadAllAsync(app),
            new()
            {
                ["tenantId"] = tenant.Id.ToString(),
                ["documentId"] = document.IdOf().ToString(),
                ["fileId"] = document.GetProperty("file_id").GetString()!,
                ["userId"] = member.Id.ToString(),
                ["name"] = "check-health",
                ["service"] = "postgres",
                ["domain"] = "walked.example",
                ["serviceAccountId"] = key.ServiceAccount.ToString(),
                ["keyId"] = key.Id.ToString(),
            }
        );
    }

    /// <summary>Returns a client that is authorized for the operation.</summary>
    public HttpClient CallerOf(ApiOperation operation) =>
        operation.Description.GetRawText().Contains(PlatformRoutes.PlatformAdminsOnly.Message, StringComparison.Ordinal)
            ? _operator.Http
            : Tenant.Admin.Http;

    public HttpRequestMessage RequestTo(ApiOperation operation, string query = "", object? body = null) =>
        operation.RequestWith(
            operation.PathParameters.ToDictionary(
                name => name,
                name => _ids.GetValueOrDefault(name, Guid.CreateVersion7(DateTimeOffset.UnixEpoch).ToString())
            ),
            body,
            query
        );

    public ValueTask DisposeAsync() => Tenant.DisposeAsync();
}
