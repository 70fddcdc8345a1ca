using System.Net.Http.Json;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Identity.Accounts;

public sealed class RegisterUserTests(SaaSApp app)
{
    [Fact]
    public async Task A_new_account_is_shown_without_its_password()
    {
        var email = TestUser.NewEmail();
        using var answer = await RegisterAsync(email: $"  {email.ToUpperInvariant()} ", firstName: " Žofie ", lastName: "李");
        var body = await answer.ReadAsync(HttpStatusCode.Created);

        Assert.Equal("User registered successfully", body.GetProperty("message").GetString());
        var user = body.GetProperty("user");
        Assert.Equal(
            (email, "Žofie", "李"),
            (user.GetProperty("email").GetString(), user.GetProperty("first_name").GetString(), user.GetProperty("last_name").GetString())
        );
        Assert.True(user.GetProperty("is_active").GetBoolean());
        Assert.EndsWith("Z", user.GetProperty("created_at").GetString(), StringComparison.Ordinal);
        Assert.DoesNotContain(TestUser.Password, body.GetRawText(), StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("hash", body.GetRawText(), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Concurrent_registrations_of_one_address_create_one_account()
    {
        var email = TestUser.NewEmail();
        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => RegisterAsync(email)));

        Assert.Single(answers, answer => answer.StatusCode is HttpStatusCode.Created);
        foreach (var refused in answers.Where(answer => answer.StatusCode is not HttpStatusCode.Created))
        {
            Assert.Equal("EMAIL_EXISTS", await refused.ReadProblemAsync(HttpStatusCode.Conflict));
        }
    }

    [Theory]
    [InlineData("email", "nobody")]
    [InlineData("email", "a@b")]
    [InlineData("email", "Ada <ada@example.com>")]
    [InlineData("email", "ada@exa mple.com")]
    [InlineData("password", "short1")]
    [InlineData("password", "onlyletters")]
    [InlineData("password", "1234567890")]
    [InlineData("password", "PassWord123")]
    [InlineData("first_name", "   ")]
    [InlineData("last_name", "Ada\nLovelace")]
    public async Task An_invalid_registration_is_rejected_with_its_field(string field, string value)
    {
        var body = new Dictionary<string, string>
        {
            ["first_name"] = "Ada",
            ["last_name"] = "Lovelace",
            ["email"] = TestUser.NewEmail(),
            ["password"] = TestUser.Password,
            [field] = value,
        };
        using var client = app.NewClient();
        using var answer = await client.PostAsJsonAsync("/api/auth/register", body);

        Assert.Equal([field], await answer.ReadFieldsAsync());
        Assert.Equal("BAD_REQUEST", await answer.ReadProblemAsync(HttpStatusCode.BadRequest));
    }

    [Fact]
    public async Task A_password_of_256_characters_is_compared_completely()
    {
        var email = TestUser.NewEmail();
        var password = new string('a', 255) + "1";
        using var client = app.NewClient();
        using var registered = await client.PostAsJsonAsync(
            "/api/auth/register",
            new
            {
                first_name = "Ada",
                last_name = "Lovelace",
                email,
                password,
            }
        );
        using var right = await client.PostAsJsonAsync("/api/auth/login", new { email, password });
        using var cutShort = await client.PostAsJsonAsync("/api/auth/login", new { email, password = password[..72] });

        Assert.Equal(
            (HttpStatusCode.Created, HttpStatusCode.OK, HttpStatusCode.Unauthorized),
            (registered.StatusCode, right.StatusCode, cutShort.StatusCode)
        );
    }

    private async Task<HttpResponseMessage> RegisterAsync(string email, string firstName = "Ada", string lastName = "Lovelace")
    {
        using var client = app.NewClient();
        return await client.PostAsJsonAsync(
            "/api/auth/register",
            new
            {
                first_name = firstName,
                last_name = lastName,
                email,
                password = TestUser.Password,
            }
        );
    }
}
