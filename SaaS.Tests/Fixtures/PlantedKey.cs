using System.Net.Http.Json;
using SaaS.Core.Access;

namespace SaaS.Tests.Fixtures;

/// <summary>An API key of a service account, created over HTTP.</summary>
internal sealed record PlantedKey(Guid ServiceAccount, Guid Id, string Secret)
{
    public static readonly string[] AllScopes = [.. ApiScope.All.Select(scope => scope.Name)];

    public static async Task<PlantedKey> CreateAsync(
        TestTenant tenant,
        TenantRole role,
        IReadOnlyList<string> scopes,
        IReadOnlyList<string>? networks = null,
        string name = "Importer"
    )
    {
        using var created = await tenant.Admin.Http.PostAsJsonAsync(
            $"{tenant.Path}/service-accounts",
            new { name, role = role.ToJsonName() }
        );
        return await AddAsync(tenant, (await created.ReadDataAsync(HttpStatusCode.Created)).IdOf(), scopes, networks, name);
    }

    /// <summary>Creates a further key of a service account.</summary>
    public static async Task<PlantedKey> AddAsync(
        TestTenant tenant,
        Guid serviceAccount,
        IReadOnlyList<string> scopes,
        IReadOnlyList<string>? networks = null,
        string name = "Importer"
    )
    {
        using var created = await tenant.Admin.Http.PostAsJsonAsync(
            $"{tenant.Path}/service-accounts/{serviceAccount}/keys",
            new
            {
                name,
                scopes,
                allowed_networks = networks ?? [],
            }
        );
        var data = await created.ReadDataAsync(HttpStatusCode.Created);
        return new PlantedKey(serviceAccount, data.GetProperty("api_key").IdOf(), data.GetProperty("key").GetString()!);
    }

    public string AccountPath(TestTenant tenant) => $"{tenant.Path}/service-accounts/{ServiceAccount}";

    public string PathOf(TestTenant tenant) => $"{AccountPath(tenant)}/keys/{Id}";
}
