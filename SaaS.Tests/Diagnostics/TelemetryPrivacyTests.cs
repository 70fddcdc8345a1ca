using System.Net.Http.Json;
using System.Text;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Diagnostics;

/// <summary>
/// Tests that no span, metric or log record identifies a person or a file, because readers of a collector have no access to tenants.
/// </summary>
public sealed class TelemetryPrivacyTests(OwnCluster cluster) : IClassFixture<OwnCluster>
{
    private const string Planted = "plantedword";

    private static readonly string[] KeyScopes = ["documents:read"];

    [Fact]
    public async Task Telemetry_contains_the_tenant_but_no_personal_data()
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        await using var api = await cluster.StartApiProcessAsync(receiver.Settings);
        await using var worker = await cluster.StartWorkerProcessAsync(receiver.Settings);
        var currentUser = await CurrentUser.RegisterAsync(api, $"{Planted}.{TestUser.NewEmail()}");
        await SendAsync(
            HttpMethod.Post,
            "/api/auth/register",
            new
            {
                first_name = Planted,
                last_name = Planted,
                email = currentUser.Email,
                password = TestUser.Password,
            }
        );
        await SendAsync(HttpMethod.Post, "/api/auth/login", new { email = currentUser.Email, password = $"{Planted}1A" });
        await SendAsync(HttpMethod.Post, "/api/auth/forgot-password", new { email = currentUser.Email });
        await SendAsync(
            HttpMethod.Post,
            $"/api/tenants/{currentUser.Tenant.Id}/users",
            new { email = $"{Planted}@example.com", role = "user" }
        );
        await SendAsync(HttpMethod.Get, $"{currentUser.Documents}?search={Planted}&per_page={Planted}");
        await SendAsync(HttpMethod.Get, $"{currentUser.Documents}/{Planted}");
        await SendAsync(HttpMethod.Get, $"/{Planted}.pdf");
        var secret = await UseApiKeyAsync();

        var document = await currentUser.UploadAsync($"{Planted} payslip.pdf");
        await SendAsync(HttpMethod.Put, $"{currentUser.Documents}/{document.IdOf()}", new { filename = $"{Planted} again.pdf" });
        await Eventually.HoldsAsync(
            () => Task.FromResult(receiver.Spans.Any(span => span.Name == "process document.uploaded")),
            "the upload is not consumed"
        );

        // Causes the logged error last, and within a tenant.
        var objects = cluster.Setting("ConnectionStrings:minio").Split("file://")[1].Split(';')[0];
        Directory.Delete(Path.Combine(objects, "tenants", $"{currentUser.Tenant.Id}"), recursive: true);
        await SendAsync(HttpMethod.Get, $"{currentUser.Documents}/{document.IdOf()}/content");
        await Eventually.HoldsAsync(
            () =>
                Task.FromResult(
                    receiver.Logs.Any(log =>
                        log.Text.Contains("missing", StringComparison.Ordinal)
                        && log.Attributes.GetValueOrDefault("saas.tenant.id") == $"{currentUser.Tenant.Id}"
                    )
                ),
            "the missing object is not logged with its tenant"
        );
        await Eventually.HoldsAsync(
            () => Task.FromResult(receiver.Spans.Any(span => span.Name.EndsWith("/content", StringComparison.Ordinal))),
            "the last request has no span"
        );
        await Eventually.HoldsAsync(() => Task.FromResult(receiver.HasAnywhere("http.server.request.duration"u8)), "no numbers have come");

        Assert.False(receiver.HasAnywhere(Encoding.UTF8.GetBytes(Planted)));
        Assert.False(receiver.HasAnywhere(Encoding.UTF8.GetBytes(secret)));
        Assert.False(receiver.HasAnywhere("SCRAM-SHA-256"u8)); // part of the statement that creates the role of a tenant

        // A valid key in each header, a wrong one, and one in a place where nothing reads it.
        async Task<string> UseApiKeyAsync()
        {
            var accounts = $"/api/tenants/{currentUser.Tenant.Id}/service-accounts";
            using var account = await currentUser.Http.PostAsJsonAsync(accounts, new { name = Planted, role = "user" });
            using var created = await currentUser.Http.PostAsJsonAsync(
                $"{accounts}/{(await account.ReadDataAsync(HttpStatusCode.Created)).IdOf()}/keys",
                new { name = Planted, scopes = KeyScopes }
            );
            var key = (await created.ReadDataAsync(HttpStatusCode.Created)).GetProperty("key").GetString()!;
            using var program = new HttpClient { BaseAddress = currentUser.Http.BaseAddress };
            foreach (
                var (header, value) in (IEnumerable<(string, string)>)
                    [
                        ("Authorization", $"Bearer {key}"),
                        ("X-Api-Key", key),
                        ("X-Api-Key", $"{key}x"),
                        ("Authorization", $"Bearer saas_{Planted}"),
                    ]
            )
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, $"{currentUser.Documents}?cursor={key}");
                request.Headers.TryAddWithoutValidation(header, value);
                using var answer = await program.SendAsync(request);
                Assert.True((int)answer.StatusCode < 500);
            }

            return key;
        }

        async Task SendAsync(HttpMethod method, string path, object? body = null)
        {
            using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body) };
            using var answer = await currentUser.Http.SendAsync(request);
            Assert.True((int)answer.StatusCode < 600, "answered, whatever it was"); // rejected requests are wanted as well
        }
    }
}
