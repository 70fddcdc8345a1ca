using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;

namespace SaaS.Benchmarks;

/// <summary>A user account, registered over HTTP.</summary>
internal sealed record Account(Uri Api, string Email)
{
    private const string Password = "Engine1843";

    internal static async Task<Account> RegisterAsync(HttpClient http, Uri api, CancellationToken ct)
    {
        var account = new Account(api, $"{Path.GetFileNameWithoutExtension(Path.GetRandomFileName())}@example.com");
        using var answer = await http.PostAsJsonAsync(
            new Uri(api, "/api/auth/register"),
            new
            {
                first_name = "Ada",
                last_name = "Lovelace",
                email = account.Email,
                password = Password,
            },
            ct
        );
        answer.EnsureSuccessStatusCode();
        return account;
    }

    internal static async Task<IReadOnlyList<Account>> RegisterAsync(int count, HttpClient http, Uri api, CancellationToken ct) =>
        await Task.WhenAll(Enumerable.Range(0, count).Select(_ => RegisterAsync(http, api, ct)));

    internal HttpRequestMessage CreateSignInRequest() =>
        new(HttpMethod.Post, new Uri(Api, "/api/auth/login")) { Content = JsonContent.Create(new { email = Email, password = Password }) };

    /// <returns>The Authorization header.</returns>
    internal async Task<AuthenticationHeaderValue> SignInAsync(HttpClient http, CancellationToken ct)
    {
        using var answer = await http.SendAsync(CreateSignInRequest(), ct);
        var signedIn = await answer.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonElement>(ct);
        return new AuthenticationHeaderValue("Bearer", signedIn.GetProperty("access_token").GetString());
    }
}
