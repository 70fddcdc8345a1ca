using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Access;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Tenancy;
using SaaS.Core.Tenancy.Invitations;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Tenancy;

/// <summary>Tests invitations from the admin's request to the membership.</summary>
public sealed class InvitationTests(SaaSApp app)
{
    [Fact]
    public async Task An_invited_person_registers_and_is_a_member_with_a_confirmed_address()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        var invitation = await TestInvitation.CreateAsync(app, tenant, role: "viewer");
        using var preview = await app.NewClient()
            .PostAsJsonAsync("/api/invitations/preview", new { token = await invitation.GetTokenAsync() });
        using var registered = await invitation.RegisterAsync();
        var person = await TestUser.LogInAsync(app, invitation.Email);
        using var opened = await person.Http.GetAsync(tenant.Path);
        using var profile = await person.Http.GetAsync("/api/users/me");

        var shown = await preview.ReadDataAsync();
        Assert.Equal(
            ("Test Company", "viewer", invitation.Email, "Ada Lovelace"),
            (
                shown.GetProperty("tenant_name").GetString(),
                shown.GetProperty("role").GetString(),
                shown.GetProperty("email").GetString(),
                shown.GetProperty("invited_by").GetString()
            )
        );
        Assert.Equal(HttpStatusCode.Created, registered.StatusCode);
        Assert.Equal("viewer", (await opened.ReadDataAsync()).GetProperty("role").GetString());
        Assert.True(
            (await profile.ReadAsync(HttpStatusCode.OK)).GetRawText().Contains("\"email_verified\":true", StringComparison.Ordinal)
        );
        Assert.Equal("accepted", (await ReadAsync(invitation)).GetProperty("state").GetString());
    }

    [Fact]
    public async Task An_account_with_the_confirmed_address_accepts_by_token_or_by_id_and_again()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        await using var other = await TestTenant.CreateAsync(app);
        var person = await RegisterConfirmedAsync();
        var (byToken, byId) = (
            await TestInvitation.CreateAsync(app, tenant, person.Email),
            await TestInvitation.CreateAsync(app, other, person.Email)
        );
        using var mine = await person.Http.GetAsync("/api/users/me/invitations");
        Assert.Equal([byId.Id, byToken.Id], (await mine.ReadDataAsync()).EnumerateArray().Select(one => one.IdOf()));

        var token = (await ReceivedMail.AllToAsync(app, person.Email)) is var _ ? await TokenOfAsync(byToken) : "";
        using var accepted = await AcceptAsync(person, new { token });
        using var again = await AcceptAsync(person, new { token });
        using var second = await AcceptAsync(person, new { invitation_id = byId.Id });
        using var nothing = await person.Http.GetAsync("/api/users/me/invitations");

        Assert.Equal(tenant.Id, (await accepted.ReadDataAsync()).GetProperty("tenant_id").GetGuid());
        Assert.Equal(tenant.Id, (await again.ReadDataAsync()).GetProperty("tenant_id").GetGuid());
        Assert.Equal(other.Id, (await second.ReadDataAsync()).GetProperty("tenant_id").GetGuid());
        Assert.Empty((await nothing.ReadDataAsync()).EnumerateArray());
    }

    [Fact]
    public async Task Another_account_cannot_accept_an_invitation()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        var invitation = await TestInvitation.CreateAsync(app, tenant);
        var thief = await RegisterConfirmedAsync();
        using var byToken = await AcceptAsync(thief, new { token = await invitation.GetTokenAsync() });
        using var byId = await AcceptAsync(thief, new { invitation_id = invitation.Id });
        using var declined = await thief.Http.PostAsJsonAsync("/api/invitations/decline", new { invitation_id = invitation.Id });
        using var invented = await AcceptAsync(thief, new { invitation_id = tenant.Id });

        Assert.Equal("INVITATION_OF_OTHER_ADDRESS", await byToken.ReadProblemAsync(HttpStatusCode.Forbidden));
        Assert.Equal("INVALID_INVITATION", await byId.ReadProblemAsync(HttpStatusCode.BadRequest));
        Assert.Equal("INVALID_INVITATION", await declined.ReadProblemAsync(HttpStatusCode.BadRequest));
        Assert.Equal("INVALID_INVITATION", await invented.ReadProblemAsync(HttpStatusCode.BadRequest));
        Assert.Equal("pending", (await ReadAsync(invitation)).GetProperty("state").GetString());
    }

    [Fact]
    public async Task An_account_that_has_not_confirmed_the_address_neither_sees_nor_accepts_its_invitation()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        var squatter = await TestUser.RegisterAsync(app);
        var invitation = await TestInvitation.CreateAsync(app, tenant, squatter.Email, role: "admin");
        using var mine = await squatter.Http.GetAsync("/api/users/me/invitations");
        using var byId = await AcceptAsync(squatter, new { invitation_id = invitation.Id });
        using var byToken = await AcceptAsync(squatter, new { token = await invitation.GetTokenAsync() });
        using var declined = await squatter.Http.PostAsJsonAsync("/api/invitations/decline", new { invitation_id = invitation.Id });

        Assert.Empty((await mine.ReadDataAsync()).EnumerateArray());
        Assert.Equal("EMAIL_NOT_VERIFIED", await byId.ReadProblemAsync(HttpStatusCode.Forbidden));
        Assert.Equal("EMAIL_NOT_VERIFIED", await byToken.ReadProblemAsync(HttpStatusCode.Forbidden));
        Assert.Equal("INVALID_INVITATION", await declined.ReadProblemAsync(HttpStatusCode.BadRequest));
    }

    public static TheoryData<string> EndedBy =>
        ["withdrawn", "declined", "expired", "removed sender", "demoted sender", "deactivated sender", "deleted tenant"];

    [Theory, MemberData(nameof(EndedBy))]
    public async Task An_ended_invitation_gives_no_access(string how)
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        var person = await RegisterConfirmedAsync();
        var sender = await tenant.AddAsync(TenantRole.Admin);
        using var invited = await sender.Http.PostAsJsonAsync($"{tenant.Path}/invitations", new { email = person.Email, role = "admin" });
        var id = (await invited.ReadDataAsync(HttpStatusCode.Created)).GetProperty("invitations")[0].IdOf();
        var invitation = new TestInvitation(app, tenant, id, person.Email);
        var token = await invitation.GetTokenAsync();
        var operator_ = await TestUser.OperatorAsync(app);
        using var ended = how switch
        {
            "withdrawn" => await tenant.Admin.Http.DeleteAsync(invitation.Path),
            "declined" => await app.NewClient().PostAsJsonAsync("/api/invitations/decline", new { token }),
            "removed sender" => await tenant.Admin.Http.DeleteAsync($"{tenant.Path}/users/{sender.Id}"),
            "demoted sender" => await tenant.Admin.Http.PutAsJsonAsync($"{tenant.Path}/users/{sender.Id}", new { role = "user" }),
            "deactivated sender" => await operator_.Http.PostAsync($"/api/admin/users/{sender.Id}/deactivate", content: null),
            "deleted tenant" => await tenant.Admin.Http.DeleteAsync(tenant.Path),
            _ => null,
        };
        Assert.True(ended?.IsSuccessStatusCode ?? true);
        if (how is "expired")
        {
            await invitation.ExpireAsync();
        }

        using var byToken = await AcceptAsync(person, new { token });
        using var byId = await AcceptAsync(person, new { invitation_id = id });
        using var preview = await app.NewClient().PostAsJsonAsync("/api/invitations/preview", new { token });
        using var declined = await app.NewClient().PostAsJsonAsync("/api/invitations/decline", new { token });
        using var mine = await person.Http.GetAsync("/api/users/me/invitations");

        foreach (var answer in new[] { byToken, byId, preview, declined })
        {
            Assert.Equal("INVALID_INVITATION", await answer.ReadProblemAsync(HttpStatusCode.BadRequest));
        }

        Assert.Empty((await mine.ReadDataAsync()).EnumerateArray());
        Assert.False(
            await app.InControlAsync(db => db.Memberships.AnyAsync(member => member.TenantId == tenant.Id && member.UserId == person.Id))
        );
    }

    [Fact]
    public async Task Registering_by_an_ended_invitation_leaves_no_account()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        var invitation = await TestInvitation.CreateAsync(app, tenant);
        await invitation.GetTokenAsync();
        using var withdrawn = await tenant.Admin.Http.DeleteAsync(invitation.Path);
        using var registered = await invitation.RegisterAsync();
        using var signedIn = await app.NewClient()
            .PostAsJsonAsync("/api/auth/login", new { email = invitation.Email, password = TestUser.Password });

        Assert.Equal("INVALID_INVITATION", await registered.ReadProblemAsync(HttpStatusCode.BadRequest));
        Assert.Equal(HttpStatusCode.Unauthorized, signedIn.StatusCode);
    }

    [Fact]
    public async Task A_token_of_another_purpose_or_a_changed_one_is_invalid()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        var invitation = await TestInvitation.CreateAsync(app, tenant);
        var person = await TestUser.RegisterAsync(app);
        var verify = (await ReceivedMail.WaitForAsync(app, person.Email, "Confirm your e-mail address")).Token;
        var token = await invitation.GetTokenAsync();
        foreach (var wrong in new[] { verify, $"{token}x", token[1..], $"{tenant.Id:N}{token[32..]}", "", "..." })
        {
            using var answer = await AcceptAsync(person, new { token = wrong });
            Assert.Equal("INVALID_INVITATION", await answer.ReadProblemAsync(HttpStatusCode.BadRequest));
        }
    }

    [Fact]
    public async Task Several_addresses_are_invited_at_once_or_none()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        var member = await tenant.AddAsync(TenantRole.User);
        var pending = await TestInvitation.CreateAsync(app, tenant);
        string[] fresh = [TestUser.NewEmail(), TestUser.NewEmail()];
        using var withMember = await InviteAsync(tenant, new { emails = (string[])[.. fresh, member.Email], role = "user" });
        using var withPending = await InviteAsync(
            tenant,
            new { emails = (string[])[.. fresh, pending.Email.ToUpperInvariant()], role = "user" }
        );
        using var twice = await InviteAsync(tenant, new { emails = (string[])[fresh[0], fresh[0].ToUpperInvariant()], role = "user" });
        using var all = await InviteAsync(
            tenant,
            new
            {
                emails = fresh,
                role = "user",
                message = "Welcome\nto all of you.",
            }
        );

        Assert.Contains(member.Email, (await withMember.ReadAsync(HttpStatusCode.BadRequest)).GetRawText(), StringComparison.Ordinal);
        Assert.Equal("INVITATION_EXISTS", await withPending.ReadProblemAsync(HttpStatusCode.Conflict));
        Assert.Equal(["emails"], await twice.ReadFieldsAsync());
        Assert.Equal(2, (await all.ReadDataAsync(HttpStatusCode.Created)).GetProperty("invitations").GetArrayLength());
        Assert.Contains("Welcome", (await ReceivedMail.WaitForAsync(app, fresh[1], "invited")).Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"role": "user"}""", "email")]
    [InlineData("""{"role": "user", "email": "a@example.com", "emails": ["b@example.com"]}""", "email")]
    [InlineData("""{"role": "user", "emails": []}""", "emails")]
    [InlineData("""{"role": "user", "emails": ["nobody"]}""", "emails")]
    [InlineData("""{"role": "user", "emails": [null]}""", "emails")]
    [InlineData("""{"role": "owner", "email": "a@example.com"}""", "role")]
    [InlineData("""{"email": "a@example.com"}""", "role")]
    [InlineData("""{"role": "user", "email": "a@example.com", "message": "Look at https://evil.example now"}""", "message")]
    [InlineData("""{"role": "user", "email": "a@example.com", "message": "Write to a@evil.example"}""", "message")]
    [InlineData("""{"role": "user", "email": "a@example.com", "message": "\u202Eabc"}""", "message")]
    public async Task An_invalid_request_names_its_field(string body, string field)
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        using var content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");
        using var answer = await tenant.Admin.Http.PostAsync($"{tenant.Path}/invitations", content);

        Assert.Contains(await answer.ReadFieldsAsync(), name => name.StartsWith(field, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_name_that_looks_like_a_link_is_not_mailed()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        using var renamed = await tenant.Admin.Http.PutAsJsonAsync(tenant.Path, new { name = "Prize at evil.example" });
        var mail = await ReceivedMail.WaitForAsync(app, (await TestInvitation.CreateAsync(app, tenant)).Email, "invited");

        Assert.DoesNotContain("evil.example", mail.Text + mail.Html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sending_again_is_limited_and_renews_the_invitation()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        var successor = await tenant.AddAsync(TenantRole.Admin);
        var invitation = await TestInvitation.CreateAsync(app, tenant);
        await invitation.GetTokenAsync();
        using var soon = await tenant.Admin.Http.PostAsync($"{invitation.Path}/resend", content: null);
        Assert.Equal("INVITATION_SENT_RECENTLY", await soon.ReadProblemAsync(HttpStatusCode.TooManyRequests));
        Assert.NotNull(soon.Headers.RetryAfter);

        await invitation.ExpireAsync();
        for (var mail = 2; mail <= 5; mail++)
        {
            await invitation.AgeAsync();
            using var resent = await successor.Http.PostAsync($"{invitation.Path}/resend", content: null);
            Assert.Equal(successor.Id, (await resent.ReadDataAsync()).GetProperty("invited_by").GetGuid());
        }

        await invitation.AgeAsync();
        using var often = await successor.Http.PostAsync($"{invitation.Path}/resend", content: null);
        Assert.Equal("INVITATION_SENT_TOO_OFTEN", await often.ReadProblemAsync(HttpStatusCode.Conflict));
        using var registered = await invitation.RegisterAsync();
        Assert.Equal(HttpStatusCode.Created, registered.StatusCode);
        using var late = await successor.Http.PostAsync($"{invitation.Path}/resend", content: null);
        Assert.Equal("INVITATION_NOT_PENDING", await late.ReadProblemAsync(HttpStatusCode.Conflict));
    }

    [Fact]
    public async Task Hundred_parallel_accepts_do_not_exceed_a_quota_of_one_more_member()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        var operator_ = await TestUser.OperatorAsync(app);
        using var agreed = await operator_.Http.PutAsJsonAsync($"/api/admin/tenants/{tenant.Id}/quotas", new { max_members = 2 });
        var emails = Enumerable.Range(0, 100).Select(_ => TestUser.NewEmail()).ToArray();
        await InviteAllAsync(tenant, emails[..50]);
        await InviteAllAsync(tenant, emails[50..]);
        var tokens = new List<string>();
        foreach (var email in emails)
        {
            tokens.Add((await ReceivedMail.WaitForAsync(app, email, "invited")).Token);
        }

        using var http = app.NewClient();
        var answers = await Task.WhenAll(
            tokens.Select(token =>
                http.PostAsJsonAsync(
                    "/api/invitations/register",
                    new
                    {
                        token,
                        first_name = "Charles",
                        last_name = "Babbage",
                        password = TestUser.Password,
                    }
                )
            )
        );

        Assert.Equal(2, await app.InControlAsync(db => db.Memberships.CountAsync(member => member.TenantId == tenant.Id)));
        Assert.Single(answers, answer => answer.StatusCode is HttpStatusCode.Created);
        Assert.Equal(1, await app.InControlAsync(db => db.Users.CountAsync(user => emails.Contains((string)user.Email))));
    }

    [Fact]
    public async Task One_invitation_accepted_twice_at_once_makes_one_member()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        var person = await RegisterConfirmedAsync();
        var invitation = await TestInvitation.CreateAsync(app, tenant, person.Email);
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => AcceptAsync(person, new { invitation_id = invitation.Id })));

        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.OK, answer.StatusCode));
        await tenant.DrainAsync();
        Assert.Equal(1, await app.InControlAsync(db => db.Memberships.CountAsync(member => member.UserId == person.Id)));
    }

    [Fact]
    public async Task A_removed_member_comes_back_by_a_new_invitation_only()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        var person = await RegisterConfirmedAsync();
        var first = await TestInvitation.CreateAsync(app, tenant, person.Email);
        var token = await first.GetTokenAsync();
        using var accepted = await AcceptAsync(person, new { token });
        using var removed = await tenant.Admin.Http.DeleteAsync($"{tenant.Path}/users/{person.Id}");
        using var again = await AcceptAsync(person, new { token });
        var second = await TestInvitation.CreateAsync(app, tenant, person.Email);
        using var back = await AcceptAsync(person, new { invitation_id = second.Id });

        Assert.Equal("INVALID_INVITATION", await again.ReadProblemAsync(HttpStatusCode.BadRequest));
        Assert.Equal(HttpStatusCode.OK, back.StatusCode);
    }

    [Fact]
    public async Task A_member_without_admin_role_cannot_invite_by_adding_an_address()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        using var viewer = await tenant.AsAsync(TenantRole.Viewer);
        using var added = await viewer.PostAsJsonAsync($"{tenant.Path}/users", new { email = TestUser.NewEmail(), role = "user" });

        Assert.Equal("FORBIDDEN", await added.ReadProblemAsync(HttpStatusCode.Forbidden));
        Assert.Equal(0, await app.InControlAsync(db => db.Invitations.CountAsync(one => one.TenantId == tenant.Id)));
    }

    private static Task<HttpResponseMessage> AcceptAsync(TestUser user, object body) =>
        user.Http.PostAsJsonAsync("/api/invitations/accept", body);

    private static Task<HttpResponseMessage> InviteAsync(TestTenant tenant, object body) =>
        tenant.Admin.Http.PostAsJsonAsync($"{tenant.Path}/invitations", body);

    private static async Task InviteAllAsync(TestTenant tenant, string[] emails)
    {
        using var invited = await InviteAsync(tenant, new { emails, role = "user" });
        Assert.Equal(HttpStatusCode.Created, invited.StatusCode);
    }

    private async Task<TestUser> RegisterConfirmedAsync()
    {
        var person = await TestUser.RegisterAsync(app);
        await person.ConfirmEmailAsync(app);
        return person;
    }

    // A person may have mails of several tenants.
    private async Task<string> TokenOfAsync(TestInvitation invitation)
    {
        ReceivedMail? mail = null;
        await Eventually.HoldsAsync(
            async () =>
                (
                    mail = (await ReceivedMail.AllToAsync(app, invitation.Email)).FirstOrDefault(one =>
                        one.Subject.Contains("invited", StringComparison.Ordinal)
                        && one.Token.StartsWith($"{invitation.Id:N}", StringComparison.Ordinal)
                    )
                )
                    is not null,
            "the invitation has not come"
        );
        return mail!.Token;
    }

    private static async Task<JsonElement> ReadAsync(TestInvitation invitation)
    {
        using var answer = await invitation.Tenant.Admin.Http.GetAsync(invitation.Path);
        return await answer.ReadDataAsync();
    }
}
