using System.Net.Http.Json;
using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using OtpNet;
using SaaS.Core.Access;
using SaaS.Core.Identity.Sessions;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Identity.Mfa;

/// <summary>Tests that every route that opens a session from a password asks for the second factor. New routes must join the list.</summary>
public sealed partial class PasswordSignInTests(SsoApi sso) : IClassFixture<SsoApi>
{
    private readonly SaaSApp _app = sso.App;

    private static readonly string[] Known =
    [
        "/api/auth/login",
        "/api/auth/sso/break-glass/{tenantId:guid}",
        "/api/auth/sso/link",
        "/jobs/sign-in",
    ];

    [Theory]
    [InlineData("api")]
    [InlineData("scheduler")]
    public void Every_route_that_verifies_a_password_of_an_anonymous_client_is_known(string host)
    {
        var found = (host == "api" ? _app.Services : _app.SchedulerServices)
            .GetRequiredService<EndpointDataSource>()
            .Endpoints.OfType<RouteEndpoint>()
            .Where(route => route.Metadata.GetMetadata<MethodInfo>()?.GetParameters().Any(TakesVerifyPassword) is true)
            .Select(route => route.RoutePattern.RawText!)
            .Order();
        Assert.Equal(host == "api" ? Known : ["/jobs/sign-in"], found);
    }

    [Fact]
    public async Task The_jobs_page_asks_for_the_second_factor()
    {
        var person = await TestUser.OperatorAsync(_app);
        var authenticator = await Authenticator.AddAsync(_app, person.Http);
        using var browser = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false })
        {
            BaseAddress = _app.Api.ClientOptions.BaseAddress,
        };
        browser.DefaultRequestHeaders.Add("Sec-Fetch-Site", "same-origin");

        var before = await CountSessionsAsync(person.Id);
        using var first = await PostAsync("/jobs/sign-in", ("email", person.Email), ("password", TestUser.Password));
        Assert.Equal((HttpStatusCode.OK, before), (first.StatusCode, await CountSessionsAsync(person.Id)));
        Assert.False(first.Headers.Contains("Set-Cookie"));
        var token = MfaToken().Match(await first.Content.ReadAsStringAsync()).Groups[1].Value;
        using var wrong = await PostAsync("/jobs/sign-in/code", ("mfa_token", token), ("code", authenticator.WrongCode()));
        Assert.Equal((HttpStatusCode.Forbidden, before), (wrong.StatusCode, await CountSessionsAsync(person.Id)));
        using var right = await PostAsync("/jobs/sign-in/code", ("mfa_token", token), ("code", await authenticator.NextCodeAsync()));
        Assert.Equal((HttpStatusCode.Redirect, before + 1), (right.StatusCode, await CountSessionsAsync(person.Id)));
        Assert.True(right.Headers.Contains("Set-Cookie"));

        // The token of a sign-in to the API opens no session of the page for a user who is not an operator.
        var ordinary = await TestUser.RegisterAsync(_app);
        var own = await Authenticator.AddAsync(_app, ordinary.Http);
        using var anonymous = _app.NewClient();
        var ordinaryToken = await Authenticator.GivePasswordAsync(anonymous, ordinary.Email);
        using var refused = await PostAsync("/jobs/sign-in/code", ("mfa_token", ordinaryToken), ("code", await own.NextCodeAsync()));
        Assert.False(refused.Headers.Contains("Set-Cookie"));

        Task<HttpResponseMessage> PostAsync(string path, params (string Name, string Value)[] fields) =>
            browser.PostAsync(path, new FormUrlEncodedContent(fields.Select(field => KeyValuePair.Create(field.Name, field.Value))));
    }

    [Fact]
    public async Task Linking_an_account_to_a_provider_asks_for_the_second_factor()
    {
        await using var tenant = await SsoTenant.CreateAsync(sso);
        var user = await TestUser.RegisterAsync(sso.Api);
        using var owner = _app.NewClient(user.AccessToken);
        var authenticator = await Authenticator.AddAsync(_app, owner);
        using var answer = await tenant.SignInAsync(tenant.AddPerson(user.Email));
        var code = (await answer.ReadAsync(HttpStatusCode.Forbidden))
            .GetProperty("error")
            .GetProperty("details")
            .GetProperty("link_code")[0]
            .GetString();
        var before = await CountSessionsAsync(user.Id);

        using var without = await LinkAsync(null);
        Assert.Equal("MFA_REQUIRED", await without.ReadProblemAsync(HttpStatusCode.Forbidden));
        using var wrong = await LinkAsync(authenticator.WrongCode());
        Assert.Equal("SECOND_FACTOR_WRONG", await wrong.ReadProblemAsync(HttpStatusCode.Forbidden));
        Assert.Equal(before, await CountSessionsAsync(user.Id));
        using var right = await LinkAsync(await authenticator.NextCodeAsync());
        Assert.Equal(HttpStatusCode.OK, right.StatusCode);

        async Task<HttpResponseMessage> LinkAsync(string? second)
        {
            using var client = sso.Api.NewClient();
            return await client.PostAsJsonAsync(
                "/api/auth/sso/link",
                new
                {
                    link_code = code,
                    password = TestUser.Password,
                    code = second,
                }
            );
        }
    }

    [Fact]
    public async Task A_break_glass_session_has_a_second_factor()
    {
        await using var tenant = await SsoTenant.CreateAsync(sso);
        using var named = await tenant.Admin.PostAsync($"{tenant.Path}/break-glass", content: null);
        var totp = new Totp(Base32Encoding.ToBytes((await named.ReadDataAsync()).GetProperty("secret").GetString()));
        using var confirmed = await tenant.Admin.PostAsJsonAsync(
            $"{tenant.Path}/break-glass/confirm",
            new { code = totp.ComputeTotp(TimeProvider.System.GetUtcNow().AddSeconds(-30).UtcDateTime) }
        );
        Assert.Equal(HttpStatusCode.OK, confirmed.StatusCode);
        await _app.InControlAsync(db =>
            db.Database.ExecuteSqlAsync($"UPDATE break_glass_admins SET last_step = 0 WHERE tenant_id = {tenant.Id}")
        );
        using var client = sso.Api.NewClient();
        using var signedIn = await client.PostAsJsonAsync(
            $"/api/auth/sso/break-glass/{tenant.Id}",
            new
            {
                email = tenant.Tenant.Admin.Email,
                password = TestUser.Password,
                code = totp.ComputeTotp(),
            }
        );
        await signedIn.ReadAsync(HttpStatusCode.OK);
        Assert.Equal(
            ["pwd", "otp", "mfa"],
            await _app.InControlAsync(db =>
                db.Sessions.Where(session => session.UserId == tenant.Tenant.Admin.Id && session.Method == SignInMethod.BreakGlass)
                    .Select(session => session.Amr)
                    .SingleAsync()
            )
        );
    }

    private Task<int> CountSessionsAsync(Guid userId) =>
        _app.InControlAsync(db => db.Sessions.CountAsync(session => session.UserId == userId));

    private static bool TakesVerifyPassword(ParameterInfo parameter) =>
        parameter.ParameterType == typeof(VerifyPassword)
        || (
            parameter.ParameterType.Name == "Services"
            && parameter.ParameterType.GetProperties().Any(property => property.PropertyType == typeof(VerifyPassword))
        );

    [GeneratedRegex("name=\"mfa_token\" value=\"([^\"]+)\"")]
    private static partial Regex MfaToken();
}
