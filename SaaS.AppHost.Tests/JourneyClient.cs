using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;
using SaaS.Tests.Fixtures;

namespace SaaS.AppHost.Tests;

/// <summary>A client for the quick start of the README: creates an account, a tenant and a document.</summary>
internal sealed class JourneyClient(HttpClient http)
{
    private const string Password = "Engine1843";

    public static readonly byte[] Pdf = File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "hello.pdf"));

    private readonly string _email = $"{RandomNumberGenerator.GetHexString(12, lowercase: true)}@example.com";

    public HttpClient Http => http;

    public string Tenant { get; private set; } = "";

    /// <summary>Registers, signs in and creates a tenant.</summary>
    public async Task BeginAsync()
    {
        await PostAsync(
            "/api/auth/register",
            new
            {
                first_name = "Ada",
                last_name = "Lovelace",
                email = _email,
                password = Password,
            },
            HttpStatusCode.Created
        );
        await SignInAsync();
        var tenant = await PostAsync("/api/tenants", new { name = "Analytical Engines" }, HttpStatusCode.Created);
        Tenant = tenant.GetProperty("data").GetProperty("id").GetString()!;
    }

    public async Task SignInAsync()
    {
        var answer = await PostAsync("/api/auth/login", new { email = _email, password = Password }, HttpStatusCode.OK);
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", answer.GetProperty("access_token").GetString());
    }

    /// <summary>Signs in as the same user at another address, after a restart.</summary>
    public async Task<JourneyClient> ReturnAsync(Uri api)
    {
        var client = new JourneyClient(new HttpClient { BaseAddress = api }, _email) { Tenant = Tenant };
        await client.SignInAsync();
        return client;
    }

    /// <summary>Uploads the document and returns its path.</summary>
    public async Task<string> UploadAsync()
    {
        using var file = new ByteArrayContent(Pdf);
        using var form = new MultipartFormDataContent { { file, "file", "hello.pdf" } };
        using var answer = await http.PostAsync($"/api/tenants/{Tenant}/documents", form);
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        var document = await answer.Content.ReadFromJsonAsync<JsonElement>();
        return $"/api/tenants/{Tenant}/documents/{document.GetProperty("data").GetProperty("id").GetString()}";
    }

    /// <summary>Waits until the worker has consumed the event of the upload.</summary>
    public Task WaitUntilVerifiedAsync(string document) =>
        Eventually.HoldsAsync(
            async () =>
                (await http.GetFromJsonAsync<JsonElement>(document))
                    .GetProperty("data")
                    .GetProperty("file")
                    .GetProperty("verified_at")
                    .ValueKind
                    is not JsonValueKind.Null,
            "the worker has not consumed document.uploaded"
        );

    private JourneyClient(HttpClient http, string email)
        : this(http) => _email = email;

    private async Task<JsonElement> PostAsync(string path, object body, HttpStatusCode expected)
    {
        using var answer = await http.PostAsJsonAsync(path, body);
        Assert.True(answer.StatusCode == expected, $"{path}: {answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
        return await answer.Content.ReadFromJsonAsync<JsonElement>();
    }
}
