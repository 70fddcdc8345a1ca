using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using SaaS.Core.Operations;

namespace SaaS.Tests.Fixtures;

/// <summary>A user who has registered and signed in over HTTP.</summary>
internal sealed record TestUser(Guid Id, string Email, string AccessToken, string RefreshToken, HttpClient Http)
{
    public const string Password = "Engine1843";

    public static string NewEmail() => $"{Path.GetRandomFileName().Replace(".", "", StringComparison.Ordinal)}@example.com";

    public static Task<TestUser> RegisterAsync(SaaSApp app) => RegisterAsync(app.Api);

    public static async Task<TestUser> RegisterAsync(ApiUnderTest api)
    {
        var email = NewEmail();
        using var anonymous = api.NewClient();
        using var registered = await anonymous.PostAsJsonAsync(
            "/api/auth/register",
            new
            {
                first_name = "Ada",
                last_name = "Lovelace",
                email,
                password = Password,
            }
        );
        Assert.Equal(HttpStatusCode.Created, registered.StatusCode);
        return await LogInAsync(api, email);
    }

    public static Task<TestUser> LogInAsync(SaaSApp app, string email, string password = Password) => LogInAsync(app.Api, email, password);

    public static async Task<TestUser> LogInAsync(ApiUnderTest api, string email, string password = Password)
    {
        using var anonymous = api.NewClient();
        using var answer = await anonymous.PostAsJsonAsync("/api/auth/login", new { email, password });
        var signedIn = await answer.ReadAsync(HttpStatusCode.OK);
        var token = signedIn.GetProperty("access_token").GetString()!;

        return new TestUser(
            signedIn.GetProperty("user").GetProperty("id").GetGuid(),
            email,
            token,
            signedIn.GetProperty("refresh_token").GetString()!,
            api.NewClient(token)
        );
    }

    /// <summary>Confirms the e-mail address with the link in the registration mail.</summary>
    public async Task ConfirmEmailAsync(SaaSApp app)
    {
        var mail = await ReceivedMail.WaitForAsync(app, Email, "Confirm your e-mail address");
        using var confirmed = await Http.PostAsJsonAsync("/api/auth/verify-email", new { token = mail.Token });
        Assert.Equal(HttpStatusCode.OK, confirmed.StatusCode);
    }

    /// <summary>Creates a platform operator in the same way as the command on the server.</summary>
    public static async Task<TestUser> OperatorAsync(SaaSApp app)
    {
        var email = NewEmail();
        await using var scope = app.Services.CreateAsyncScope();
        var outcome = await scope
            .ServiceProvider.GetRequiredService<CreatePlatformAdmin>()
            .RunAsync(new PlatformAdmin(email, "Grace", "Hopper", Password), TestContext.Current.CancellationToken);
        Assert.Equal(PlatformAdminOutcome.Created, outcome);
        return await LogInAsync(app, email);
    }
}

internal static class Answers
{
    /// <summary>Returns the id of a resource from the API.</summary>
    public static Guid IdOf(this JsonElement thing) => thing.GetProperty("id").GetGuid();

    /// <summary>Returns the body of a response that must have this status, and includes the body in the failure message.</summary>
    public static async Task<JsonElement> ReadAsync(this HttpResponseMessage answer, HttpStatusCode expected)
    {
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(
            answer.StatusCode == expected,
            $"{answer.RequestMessage?.Method} {answer.RequestMessage?.RequestUri?.PathAndQuery}: {(int)answer.StatusCode} instead of {(int)expected}: {text}"
        );
        return JsonDocument.Parse(text).RootElement;
    }

    /// <summary>Returns the <c>data</c> of an enveloped response.</summary>
    public static async Task<JsonElement> ReadDataAsync(this HttpResponseMessage answer, HttpStatusCode expected = HttpStatusCode.OK) =>
        (await answer.ReadAsync(expected)).GetProperty("data");

    /// <summary>Returns the code of a problem response after checking its shape.</summary>
    public static async Task<string> ReadProblemAsync(this HttpResponseMessage answer, HttpStatusCode expected)
    {
        var body = await answer.ReadAsync(expected);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        Assert.False(body.GetProperty("success").GetBoolean());
        Assert.Equal((int)expected, body.GetProperty("status").GetInt32());
        Assert.NotEmpty(body.GetProperty("trace_id").GetString()!);
        Assert.Equal(body.GetProperty("message").GetString(), body.GetProperty("error").GetProperty("message").GetString());
        return body.GetProperty("error").GetProperty("code").GetString()!;
    }

    /// <summary>Returns the invalid fields of a problem response.</summary>
    public static async Task<string[]> ReadFieldsAsync(this HttpResponseMessage answer, HttpStatusCode expected = HttpStatusCode.BadRequest)
    {
        var body = await answer.ReadAsync(expected);
        return [.. body.GetProperty("error").GetProperty("details").EnumerateObject().Select(field => field.Name)];
    }
}
