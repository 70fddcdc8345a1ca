using Microsoft.EntityFrameworkCore;
using SaaS.Core.Documents;
using SaaS.Core.Tenancy;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Architecture;

/// <summary>
/// Tests SQL injection in every text that a tenant's operations take: the SQL is stored as plain text or rejected, and never
/// executed.
/// </summary>
public sealed class InjectionTests(SaaSApp app)
{
    private static readonly string[] Attacks =
    [
        "'; DROP TABLE documents; --",
        "' OR '1'='1",
        "\"; SELECT pg_terminate_backend(pg_backend_pid()); --",
        "\\'; UPDATE memberships SET role = 'Admin'; --",
        "$$; COPY documents TO PROGRAM 'true'; --",
        "%' UNION SELECT password_hash FROM users --",
    ];

    [Fact]
    public async Task Injection_attempts_are_treated_as_text_everywhere()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        await tenant.UploadAsync("stays"u8.ToArray(), "stays.pdf");
        var tried = 0;

        foreach (
            var operation in (await ApiOperation.ReadAllAsync(app)).Where(operation =>
                operation.Path.StartsWith("/api/tenants", StringComparison.Ordinal)
                && operation.Name is not "DELETE /api/tenants/{tenantId}"
            )
        )
        {
            foreach (var attack in Attacks)
            {
                foreach (var request in Requests(operation, tenant, attack))
                {
                    using var answer = await tenant.Admin.Http.SendAsync(request);
                    Assert.True(
                        (int)answer.StatusCode < 500,
                        $"{operation.Name} with {attack}: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()}"
                    );
                    tried++;
                }
            }
        }

        Assert.True(tried > 100, $"only {tried} texts were tried");
        Assert.True(await app.InTenantAsync(tenant.Id, db => db.Documents.AnyAsync(document => document.Filename == "stays.pdf")));
        Assert.Equal(1, await app.InControlAsync(db => db.Memberships.CountAsync(member => member.TenantId == tenant.Id)));
    }

    // One request for each text: in the path, in each query parameter, in each string of the body, in the names of an upload.
    private static List<HttpRequestMessage> Requests(ApiOperation operation, TestTenant tenant, string attack)
    {
        var ids = operation.PathParameters.ToDictionary(
            name => name,
            name => (name == "tenantId" ? tenant.Id : tenant.Admin.Id).ToString()
        );
        var requests = new List<HttpRequestMessage>();
        requests.AddRange(
            operation.QueryParameters.Select(name => operation.RequestWith(ids, query: $"?{name}={Uri.EscapeDataString(attack)}"))
        );
        requests.AddRange(
            operation.StringFields.Select(field => operation.RequestWith(ids, body: new Dictionary<string, string> { [field] = attack }))
        );

        foreach (var name in operation.PathParameters)
        {
            var request = operation.RequestWith(ids);
            request.RequestUri = new Uri(
                request.RequestUri!.ToString().Replace(ids[name], Uri.EscapeDataString(attack), StringComparison.Ordinal),
                UriKind.Relative
            );
            requests.Add(request);
        }

        if (operation.Bodies.Contains("multipart/form-data"))
        {
            foreach (var field in new[] { "filename", "mime_type" })
            {
                var form = TestTenant.FormOf("content"u8.ToArray(), filename: attack.Replace("\"", "%22", StringComparison.Ordinal));
                form.Add(new StringContent(attack), field);
                requests.Add(new HttpRequestMessage(HttpMethod.Post, $"{tenant.Path}/documents") { Content = form });
            }
        }

        return requests;
    }
}
