using System.Net.Http.Json;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Identity.Accounts;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Operations;

/// <summary>Tests who is an operator of the platform, on a platform of its own: the rule on the last one counts all.</summary>
public sealed class OperatorTests(OwnApp app) : IClassFixture<OwnApp>
{
    [Fact]
    public async Task An_operator_makes_an_account_with_a_confirmed_address_an_operator()
    {
        var operator_ = await TestUser.OperatorAsync(app);
        var user = await TestUser.RegisterAsync(app);
        using var unconfirmed = await PromoteAsync(operator_, user.Email);
        using var unknown = await PromoteAsync(operator_, TestUser.NewEmail());
        await user.ConfirmEmailAsync(app);
        using var promoted = await PromoteAsync(operator_, user.Email.ToUpperInvariant());
        using var again = await PromoteAsync(operator_, user.Email);
        using var before = await user.Http.GetAsync("/api/users/me");
        var after = await TestUser.LogInAsync(app, user.Email);
        using var listed = await after.Http.GetAsync("/api/admin/operators?per_page=100");

        Assert.Equal("NOT_FOUND", await unconfirmed.ReadProblemAsync(HttpStatusCode.NotFound));
        Assert.Equal("NOT_FOUND", await unknown.ReadProblemAsync(HttpStatusCode.NotFound));
        Assert.True((await promoted.ReadDataAsync()).GetProperty("is_platform_admin").GetBoolean());
        Assert.Equal(HttpStatusCode.OK, again.StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, before.StatusCode);
        var ids = (await listed.ReadDataAsync()).GetProperty("users").EnumerateArray().Select(one => one.IdOf()).ToList();
        Assert.Contains(user.Id, ids);
        Assert.Contains(operator_.Id, ids);
    }

    [Fact]
    public async Task A_removed_operator_loses_the_rights_at_once_and_keeps_the_account()
    {
        var (operator_, other) = (await TestUser.OperatorAsync(app), await TestUser.OperatorAsync(app));
        using var removed = await operator_.Http.DeleteAsync($"/api/admin/operators/{other.Id}");
        using var twice = await operator_.Http.DeleteAsync($"/api/admin/operators/{other.Id}");
        using var before = await other.Http.GetAsync("/api/admin/users");
        var after = await TestUser.LogInAsync(app, other.Email);
        using var forbidden = await after.Http.GetAsync("/api/admin/users");

        Assert.Equal(HttpStatusCode.OK, removed.StatusCode);
        Assert.Equal("NOT_FOUND", await twice.ReadProblemAsync(HttpStatusCode.NotFound));
        Assert.Equal(HttpStatusCode.Unauthorized, before.StatusCode);
        Assert.Equal("FORBIDDEN", await forbidden.ReadProblemAsync(HttpStatusCode.Forbidden));
    }

    [Fact]
    public async Task The_last_active_operator_cannot_be_removed_even_by_two_at_once()
    {
        var (one, other) = (await TestUser.OperatorAsync(app), await TestUser.OperatorAsync(app));
        await app.InControlAsync(db =>
            db.Users.Where(user => user.Id != one.Id && user.Id != other.Id)
                .ExecuteUpdateAsync(set => set.SetProperty(user => user.IsPlatformAdmin, false))
        );
        var answers = await Task.WhenAll(
            one.Http.DeleteAsync($"/api/admin/operators/{other.Id}"),
            other.Http.DeleteAsync($"/api/admin/operators/{one.Id}")
        );
        Assert.Single(answers, answer => answer.StatusCode is HttpStatusCode.OK);
        var remaining = answers[0].StatusCode is HttpStatusCode.OK ? one : other;
        using var last = await remaining.Http.DeleteAsync($"/api/admin/operators/{remaining.Id}");

        Assert.Equal("LAST_OPERATOR", await last.ReadProblemAsync(HttpStatusCode.Conflict));
        Assert.Equal(1, await app.InControlAsync(db => db.Users.CountAsync(user => user.IsPlatformAdmin && user.IsActive)));
    }

    private static Task<HttpResponseMessage> PromoteAsync(TestUser by, string email) =>
        by.Http.PostAsJsonAsync("/api/admin/operators", new { email });
}
