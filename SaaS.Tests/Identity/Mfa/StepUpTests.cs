using System.Net.Http.Json;
using SaaS.Tests.Architecture;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Identity.Mfa;

/// <summary>Tests that dangerous routes demand a recent proof of identity, and how it is given.</summary>
public sealed class StepUpTests(SaaSApp app)
{
    private static readonly TimeSpan TooLong = TimeSpan.FromMinutes(11);

    [Fact]
    public async Task Every_marked_route_rejects_an_old_session_until_a_step_up()
    {
        var clock = new ShiftedClock();
        await using var api = app.StartApi(clock: clock);
        await using var tenant = await TestTenant.CreateAsync(app);
        var caller = await TestUser.OperatorAsync(app); // some of the routes are for operators
        using var added = await tenant.Admin.Http.PostAsJsonAsync($"{tenant.Path}/users", new { user_id = caller.Id, role = "admin" });
        Assert.Equal(HttpStatusCode.Created, added.StatusCode);
        using var admin = api.NewClient(caller.AccessToken);
        var marked = (await ApiOperation.ReadAllAsync(app))
            .Where(operation => RouteTable.Of(operation.Name).Proof is not RouteProof.None)
            .ToList();
        Assert.True(marked.Count >= 19, $"only {marked.Count} routes are marked");

        clock.Ahead = TooLong;
        foreach (var operation in marked)
        {
            using var answer = await SendAsync(admin, operation, tenant.Id);
            Assert.Equal(
                (operation.Name, RouteTable.Of(operation.Name).Proof is RouteProof.Recent ? "password" : null),
                (operation.Name, await ReadMethodsAsync(answer))
            );
        }

        using var wrong = await admin.PostAsJsonAsync("/api/auth/step-up", new { password = "Guessed1843" });
        Assert.Equal("WRONG_PASSWORD", await wrong.ReadProblemAsync(HttpStatusCode.Forbidden));
        using var none = await admin.PostAsJsonAsync("/api/auth/step-up", new { });
        Assert.Equal(["password"], await none.ReadFieldsAsync());
        using var proved = await admin.PostAsJsonAsync("/api/auth/step-up", new { password = TestUser.Password });
        Assert.Equal(HttpStatusCode.OK, proved.StatusCode);

        // Deleting the tenant comes last.
        foreach (var operation in marked.OrderBy(operation => operation.Name == "DELETE /api/tenants/{tenantId}"))
        {
            using var answer = await SendAsync(admin, operation, tenant.Id);
            Assert.Equal((operation.Name, null), (operation.Name, await ReadMethodsAsync(answer)));
        }
    }

    [Fact]
    public async Task An_account_with_a_second_factor_proves_that_one()
    {
        var clock = new ShiftedClock();
        await using var api = app.StartApi(clock: clock);
        var user = await TestUser.RegisterAsync(app);
        var authenticator = await Authenticator.AddAsync(app, user.Http);
        using var client = api.NewClient(user.AccessToken);
        clock.Ahead = TooLong;

        var change = new { email = TestUser.NewEmail(), current_password = TestUser.Password };
        using var refused = await client.PutAsJsonAsync("/api/users/me/email", change); // the password is not the proof any more
        Assert.Equal("totp recovery", await ReadMethodsAsync(refused));
        using var withPassword = await client.PostAsJsonAsync("/api/auth/step-up", new { password = TestUser.Password });
        Assert.Equal(["code"], await withPassword.ReadFieldsAsync());
        using var wrong = await client.PostAsJsonAsync("/api/auth/step-up", new { code = authenticator.WrongCode() });
        Assert.Equal("SECOND_FACTOR_WRONG", await wrong.ReadProblemAsync(HttpStatusCode.Forbidden));
        using var proved = await client.PostAsJsonAsync("/api/auth/step-up", new { code = authenticator.RecoveryCodes[0] });
        Assert.Equal(HttpStatusCode.OK, proved.StatusCode);
        using var changed = await client.PutAsJsonAsync("/api/users/me/email", change);
        Assert.Equal(HttpStatusCode.OK, changed.StatusCode);
    }

    [Fact]
    public async Task A_step_up_counts_in_other_processes_at_once_and_for_its_own_session_only()
    {
        var clock = new ShiftedClock();
        await using var first = app.StartApi(clock: clock);
        await using var second = app.StartApi(clock: clock);
        var user = await TestUser.RegisterAsync(app);
        var other = await TestUser.LogInAsync(app, user.Email);
        clock.Ahead = TooLong;
        using var here = first.NewClient(user.AccessToken);
        using var there = second.NewClient(user.AccessToken);
        using var elsewhere = second.NewClient(other.AccessToken);
        using var cached = await there.PostAsync("/api/users/me/factors/totp", content: null);
        Assert.Equal("password", await ReadMethodsAsync(cached));

        using var proved = await here.PostAsJsonAsync("/api/auth/step-up", new { password = TestUser.Password });
        Assert.Equal(HttpStatusCode.OK, proved.StatusCode);
        using var allowed = await there.PostAsync("/api/users/me/factors/totp", content: null);
        Assert.Equal(HttpStatusCode.OK, allowed.StatusCode);
        using var old = await elsewhere.PostAsync("/api/users/me/factors/totp", content: null);
        Assert.Equal("password", await ReadMethodsAsync(old));
    }

    private static async Task<HttpResponseMessage> SendAsync(HttpClient client, ApiOperation operation, Guid tenantId)
    {
        using var request = operation.RequestWith(
            operation.PathParameters.ToDictionary(
                name => name,
                name =>
                    name == "tenantId" ? tenantId.ToString()
                    : name == "domain" ? "walked.example"
                    : Guid.CreateVersion7(DateTimeOffset.UnixEpoch).ToString()
            )
        );
        return await client.SendAsync(request);
    }

    /// <summary>Returns the methods of a step-up that a response demands; null for any other response.</summary>
    private static async Task<string?> ReadMethodsAsync(HttpResponseMessage answer)
    {
        var body = await answer.ReadAsync(answer.StatusCode);
        return
            answer.StatusCode is HttpStatusCode.Forbidden
            && body.GetProperty("error") is var error
            && error.GetProperty("code").GetString() == "STEP_UP_REQUIRED"
            ? string.Join(' ', error.GetProperty("details").GetProperty("methods").EnumerateArray().Select(method => method.GetString()))
            : null;
    }
}
