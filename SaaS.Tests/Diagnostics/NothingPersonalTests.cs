using System.Net.Http.Json;
using System.Text;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Diagnostics;

/// <summary>A collector is read by people whom no tenant has let in: no span, number or log record may name a person or a file.</summary>
public sealed class NothingPersonalTests(OwnCluster cluster) : IClassFixture<OwnCluster>
{
    private const string Planted = "plantedword";

    [Fact]
    public async Task No_address_and_no_file_name_leaves_with_the_telemetry_but_the_tenant_does()
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

        var document = await currentUser.UploadAsync($"{Planted} payslip.pdf");
        await SendAsync(HttpMethod.Put, $"{currentUser.Documents}/{document.IdOf()}", new { filename = $"{Planted} again.pdf" });
        await Eventually.HoldsAsync(
            () => Task.FromResult(receiver.Spans.Any(span => span.Name == "process document.uploaded")),
            "the upload is not consumed"
        );

        // What is logged as an error comes last, and in a tenant.
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
        Assert.False(receiver.HasAnywhere("SCRAM-SHA-256"u8)); // what a role of a tenant is made with

        async Task SendAsync(HttpMethod method, string path, object? body = null)
        {
            using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body) };
            using var answer = await currentUser.Http.SendAsync(request);
            Assert.True((int)answer.StatusCode < 600, "answered, whatever it was"); // refusals are wanted as well
        }
    }
}
