using System.Net.Http.Json;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Identity.Accounts;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Identity.Sessions;

public sealed class LogInTests(SaaSApp app)
{
    [Fact]
    public async Task Sign_in_returns_tokens_and_the_tenants_of_the_user()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        using var client = app.NewClient();
        using var answer = await client.PostAsJsonAsync(
            "/api/auth/login",
            new { email = tenant.Admin.Email.ToUpperInvariant(), password = TestUser.Password }
        );
        var body = await answer.ReadAsync(HttpStatusCode.OK);

        Assert.Equal(
            ("Login successful", "Bearer", 900),
            (body.GetProperty("message").GetString(), body.GetProperty("token_type").GetString(), body.GetProperty("expires_in").GetInt32())
        );
        Assert.NotEqual(body.GetProperty("access_token").GetString(), body.GetProperty("refresh_token").GetString());
        var mine = Assert.Single(body.GetProperty("tenants").EnumerateArray());
        Assert.Equal((tenant.Id, "admin"), (mine.GetProperty("id").GetGuid(), mine.GetProperty("role").GetString()));
    }

    [Fact]
    public async Task An_unknown_address_and_a_wrong_password_get_the_same_response()
    {
        var user = await TestUser.RegisterAsync(app);
        using var client = app.NewClient();
        using var unknown = await client.PostAsJsonAsync(
            "/api/auth/login",
            new { email = TestUser.NewEmail(), password = TestUser.Password }
        );
        using var wrong = await client.PostAsJsonAsync("/api/auth/login", new { email = user.Email, password = "Wrong1234" });

        Assert.Equal("INVALID_CREDENTIALS", await unknown.ReadProblemAsync(HttpStatusCode.Unauthorized));
        Assert.Equal("INVALID_CREDENTIALS", await wrong.ReadProblemAsync(HttpStatusCode.Unauthorized));
    }

    /// <summary>Guards against a timing attack: the response time must not reveal whether an account exists.</summary>
    [Fact]
    public async Task An_unknown_address_costs_as_many_comparisons_as_a_wrong_password()
    {
        var user = await TestUser.RegisterAsync(app);

        Assert.Equal([Passwords.CompareSpan], await ComparisonsAsync(user.Email));
        Assert.Equal([Passwords.CompareSpan], await ComparisonsAsync(TestUser.NewEmail()));

        async Task<IReadOnlyCollection<string>> ComparisonsAsync(string email)
        {
            using var spans = new CollectedSpans();
            using var refused = await app.NewClient().PostAsJsonAsync("/api/auth/login", new { email, password = "Wrong1234" });
            Assert.Equal("INVALID_CREDENTIALS", await refused.ReadProblemAsync(HttpStatusCode.Unauthorized));
            return spans.Names;
        }
    }

    [Fact]
    public async Task Deactivation_is_reported_only_with_the_correct_password()
    {
        var user = await TestUser.RegisterAsync(app);
        await app.InControlAsync(db =>
            db.Users.Where(candidate => candidate.Id == user.Id)
                .ExecuteUpdateAsync(set => set.SetProperty(candidate => candidate.IsActive, false))
        );
        using var client = app.NewClient();
        using var right = await client.PostAsJsonAsync("/api/auth/login", new { email = user.Email, password = TestUser.Password });
        using var wrong = await client.PostAsJsonAsync("/api/auth/login", new { email = user.Email, password = "Wrong1234" });

        Assert.Equal("ACCOUNT_INACTIVE", await right.ReadProblemAsync(HttpStatusCode.Forbidden));
        Assert.Equal("INVALID_CREDENTIALS", await wrong.ReadProblemAsync(HttpStatusCode.Unauthorized));
    }
}
