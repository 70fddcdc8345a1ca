using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Diagnostics;

/// <summary>A user with a tenant, on a host that is a separate process.</summary>
internal sealed record CurrentUser(HttpClient Http, string Email, ClusterTenant Tenant)
{
    public string Documents => $"/api/tenants/{Tenant.Id}/documents";

    public static async Task<CurrentUser> RegisterAsync(ProcessUnderTest api, string email)
    {
        var person = new
        {
            first_name = "Ada",
            last_name = "Lovelace",
            email,
            password = TestUser.Password,
        };
        using var registered = await api.Http.PostAsJsonAsync("/api/auth/register", person);
        using var signedIn = await api.Http.PostAsJsonAsync("/api/auth/login", new { person.email, person.password });
        var token = (await signedIn.ReadAsync(HttpStatusCode.OK)).GetProperty("access_token").GetString();
        api.Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using var created = await api.Http.PostAsJsonAsync("/api/tenants", new { name = "Traced" });
        var tenant = await created.ReadDataAsync(HttpStatusCode.Created);
        return new CurrentUser(
            api.Http,
            email,
            new ClusterTenant(tenant.GetProperty("id").GetGuid(), tenant.GetProperty("database_name").GetString()!)
        );
    }

    public async Task<JsonElement> UploadAsync(string filename = "report.pdf")
    {
        using var form = TestTenant.FormOf("%PDF-1.7 traced"u8.ToArray(), filename);
        using var answer = await Http.PostAsync(Documents, form);
        return await answer.ReadDataAsync(HttpStatusCode.Created);
    }
}
