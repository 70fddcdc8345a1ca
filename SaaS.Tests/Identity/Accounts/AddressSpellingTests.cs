using System.Net.Http.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using SaaS.Core.Identity.Credentials;
using SaaS.Core.Operations;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Identity.Accounts;

/// <summary>Tests that every spelling of an address belongs to the same account, wherever an address is read or written.</summary>
public sealed class AddressSpellingTests(SaaSApp app, SsoApi sso) : IClassFixture<SsoApi>
{
    /// <summary>Spellings of one address, the canonical form first. Each test substitutes its own value for {0}.</summary>
    private static readonly string[][] Spellings =
    [
        ["x{0}@b.example", "X{0}@B.EXAMPLE", " x{0}@b.example\t", "x{0}@b.example.", "x{0}@ｂ.example", "x{0}@b。example"],
        [
            "x{0}@xn--bcher-kva.example",
            "x{0}@bücher.example",
            "x{0}@bu\u0308cher.example",
            "x{0}@BÜCHER.example.",
            "x{0}@XN--BCHER-KVA.example",
        ],
        ["jörg{0}@example.com", "jo\u0308rg{0}@example.com", "JÖRG{0}@example.com", "JO\u0308RG{0}@Example.com."],
        ["x{0}@xn--strae-oqa.example", "x{0}@straße.example"],
    ];

    public static TheoryData<string> Refused =>
        [
            "x.@example.com",
            ".x@example.com",
            "x..y@example.com",
            "x\u200By@example.com",
            "x@exam\u200Bple.com",
            "x\u00ADy@example.com",
            "x\u202Ey@example.com",
            "x\u2028@example.com",
            "x\u3164@example.com",
            "x\uFE0F@example.com",
            "\u0301x@example.com",
            "x y@example.com",
            "x(y)@example.com",
            "\"x\"@example.com",
            "x@y@example.com",
            "x,y@example.com",
            "x@example",
            "x@example..com",
            "x@.example.com",
            "x@-example.com",
            "x@example-.com",
            "x@exa_mple.com",
            "x@192.0.2.1",
            "x@[192.0.2.1]",
            "x@xn--a.example",
            "x@xn--\u00FC.example",
            "x@example.com\u0000",
            "x@\uFEFFexample.com",
            "x@exa\u200Dmple.com",
            "Ada <x@example.com>",
            "@example.com",
            "x@",
            $"{new string('x', 65)}@example.com",
            $"{new string('ö', 33)}@example.com",
            $"x@{new string('a', 64)}.example",
        ];

    [Fact]
    public async Task Every_spelling_of_an_address_is_the_same_account()
    {
        foreach (var (spellings, number) in Spellings.Select((spellings, number) => (spellings, number)))
        {
            var id = $"{Path.GetRandomFileName()[..8]}{number}";
            var typed = Array.ConvertAll(spellings, spelling => spelling.Replace("{0}", id, StringComparison.Ordinal));
            using var client = app.NewClient();
            using var registered = await RegisterAsync(client, typed[^1]);
            var user = (await registered.ReadAsync(HttpStatusCode.Created)).GetProperty("user");
            Assert.Equal(typed[0], user.GetProperty("email").GetString());

            var signedIn = await TestUser.LogInAsync(app, typed[0]);
            await (signedIn with { Email = typed[0] }).ConfirmEmailAsync(app); // the mail is sent to the canonical form
            var operating = await TestUser.OperatorAsync(app);
            await using var tenant = await TestTenant.CreateAsync(app);
            foreach (var spelling in typed)
            {
                using var taken = await RegisterAsync(client, spelling);
                Assert.Equal("EMAIL_EXISTS", await taken.ReadProblemAsync(HttpStatusCode.Conflict));
                Assert.Equal(signedIn.Id, (await TestUser.LogInAsync(app, spelling)).Id);

                using var found = await operating.Http.GetAsync($"/api/admin/users?search={Uri.EscapeDataString(spelling.Trim())}");
                Assert.Equal(signedIn.Id, Assert.Single((await found.ReadDataAsync()).GetProperty("users").EnumerateArray()).IdOf());

                using var added = await tenant.Admin.Http.PostAsJsonAsync(
                    $"{tenant.Path}/users",
                    new { email = spelling, role = "viewer" }
                );
                Assert.Equal(signedIn.Id, (await added.ReadDataAsync(HttpStatusCode.Created)).GetProperty("user_id").GetGuid());
                using var removed = await tenant.Admin.Http.DeleteAsync($"{tenant.Path}/users/{signedIn.Id}");
                Assert.Equal(HttpStatusCode.OK, removed.StatusCode);

                using var forgotten = await client.PostAsJsonAsync("/api/auth/forgot-password", new { email = spelling });
                Assert.Equal(HttpStatusCode.OK, forgotten.StatusCode);
                Assert.Equal(PlatformAdminOutcome.TakenByUser, await CreateAdminAsync(spelling));
            }

            await app.DrainAsync();
            Assert.Contains(
                await ReceivedMail.AllToAsync(app, typed[0]),
                mail => mail.Subject.Contains("Choose a new password", StringComparison.Ordinal)
            );
            Assert.Equal(
                typed.Length,
                await app.InControlAsync(db =>
                    db.MailedLinks.CountAsync(link =>
                        link.UserId == signedIn.Id && link.Purpose == Core.Identity.Credentials.LinkPurpose.ResetPassword
                    )
                )
            );
        }
    }

    [Fact]
    public async Task A_changed_address_is_stored_in_canonical_form()
    {
        var user = await TestUser.RegisterAsync(app);
        var id = Path.GetRandomFileName()[..8];
        using var asked = await user.Http.PutAsJsonAsync(
            "/api/users/me/email",
            new { email = $"Jo\u0308rg{id}@Bücher.example.", current_password = TestUser.Password }
        );
        Assert.Equal(HttpStatusCode.OK, asked.StatusCode);
        var mail = await ReceivedMail.WaitForAsync(app, $"jörg{id}@xn--bcher-kva.example", "Confirm your new e-mail address");
        using var confirmed = await user.Http.PostAsJsonAsync("/api/auth/confirm-email", new { token = mail.Token });
        Assert.Equal(HttpStatusCode.OK, confirmed.StatusCode);
        Assert.Equal(user.Id, (await TestUser.LogInAsync(app, $"jörg{id}@bücher.example")).Id);
    }

    [Fact]
    public async Task Failed_sign_ins_of_every_spelling_are_counted_together()
    {
        var id = Path.GetRandomFileName()[..8];
        string[] spellings =
        [
            $"x{id}@bücher.example",
            $"X{id}@xn--bcher-kva.example",
            $"x{id}@bu\u0308cher.example.",
            $"x{id}@BÜCHER.example",
        ];
        await using var api = app.StartApi(new() { ["SignIn:FreeAttempts"] = "4", ["SignIn:InitialDelay"] = "00:05:00" });
        using var client = api.NewClient();
        foreach (var spelling in spellings)
        {
            using var wrong = await client.PostAsJsonAsync("/api/auth/login", new { email = spelling, password = "Wrong1234" });
            Assert.Equal(HttpStatusCode.Unauthorized, wrong.StatusCode);
        }

        using var limited = await client.PostAsJsonAsync("/api/auth/login", new { email = spellings[1], password = "Wrong1234" });
        Assert.Equal("TOO_MANY_ATTEMPTS", await limited.ReadProblemAsync(HttpStatusCode.TooManyRequests));
    }

    [Fact]
    public async Task SSO_domain_rules_and_verification_accept_every_spelling()
    {
        await using var tenant = await SsoTenant.CreateAsync(sso);
        var label = $"{tenant.Id:N}";
        var domain = $"xn--bcher-kva.{label}.example";
        await tenant.VerifyDomainAsync($"Bücher.{label}.example");
        using var again = await tenant.Admin.PostAsJsonAsync($"{tenant.Path}/domains", new { domain = $"@bu\u0308cher.{label}.example." });
        Assert.Equal(
            (domain, true),
            (
                (await again.ReadDataAsync(HttpStatusCode.Created)) is var record ? record.GetProperty("domain").GetString() : null,
                record.GetProperty("is_verified").GetBoolean()
            )
        );
        using var ruled = await tenant.Admin.PutAsJsonAsync(
            $"{tenant.Path}/config/auto-provisioning",
            new { enabled = true, allowed_email_domains = new[] { $"@BÜCHER.{label}.example", domain } }
        );
        Assert.Equal(
            [domain],
            (await ruled.ReadDataAsync())
                .GetProperty("config_metadata")
                .GetProperty("auto_provisioning")
                .GetProperty("allowed_email_domains")
                .EnumerateArray()
                .Select(one => one.GetString()!)
        );

        var person = tenant.AddPerson($"Jo\u0308rg@bücher.{label}.example");
        var member = await tenant.EnterAsync(person);
        Assert.Equal($"jörg@{domain}", member.Email);
        foreach (var spelling in (string[])[$"jörg@{domain}", $"JÖRG@BÜCHER.{label}.EXAMPLE.", $"jo\u0308rg@bu\u0308cher.{label}.example"])
        {
            person.Email = spelling;
            Assert.Equal(member.Id, (await tenant.EnterAsync(person)).Id);
            using var client = sso.Api.NewClient();
            using var detected = await client.PostAsJsonAsync("/api/auth/sso/detect", new { email = spelling });
            Assert.Equal(
                tenant.Id,
                Assert.Single((await detected.ReadDataAsync()).GetProperty("tenants").EnumerateArray()).GetProperty("tenant_id").GetGuid()
            );
        }

        // A member whom an admin has removed cannot return under another spelling.
        using var removed = await tenant.Admin.DeleteAsync($"/api/tenants/{tenant.Id}/users/{member.Id}");
        Assert.Equal(HttpStatusCode.OK, removed.StatusCode);
        using var refused = await tenant.SignInAsync(tenant.AddPerson($"jo\u0308rg@BÜCHER.{label}.example."));
        Assert.Equal("SSO_MEMBER_REMOVED", await refused.ReadProblemAsync(HttpStatusCode.Forbidden));
        using var outside = await tenant.SignInAsync(tenant.AddPerson($"x@bucher.{label}.example"));
        Assert.Equal("SSO_DOMAIN_REFUSED", await outside.ReadProblemAsync(HttpStatusCode.BadRequest));
        using var gone = await tenant.Admin.DeleteAsync($"{tenant.Path}/domains/{Uri.EscapeDataString($"BÜCHER.{label}.example")}");
        Assert.Equal(HttpStatusCode.OK, gone.StatusCode);
    }

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task An_invalid_address_is_rejected_everywhere_with_the_allowed_format(string email)
    {
        var user = await TestUser.RegisterAsync(app);
        using var client = app.NewClient();
        await using var tenant = await TestTenant.CreateAsync(app);
        await AssertNamedAsync(await RegisterAsync(client, email));
        await AssertNamedAsync(await client.PostAsJsonAsync("/api/auth/login", new { email, password = TestUser.Password }));
        await AssertNamedAsync(await client.PostAsJsonAsync("/api/auth/forgot-password", new { email }));
        await AssertNamedAsync(await client.PostAsJsonAsync("/api/auth/sso/detect", new { email }));
        await AssertNamedAsync(await user.Http.PutAsJsonAsync("/api/users/me/email", new { email, current_password = TestUser.Password }));
        await AssertNamedAsync(await tenant.Admin.Http.PostAsJsonAsync($"{tenant.Path}/users", new { email, role = "viewer" }));

        static async Task AssertNamedAsync(HttpResponseMessage answer)
        {
            using (answer)
            {
                var fields = (await answer.ReadAsync(HttpStatusCode.BadRequest)).GetProperty("error").GetProperty("details");
                Assert.StartsWith(
                    "Not a valid email address. Before the @ it has letters, digits and",
                    Assert.Single(fields.GetProperty("email").EnumerateArray()).GetString(),
                    StringComparison.Ordinal
                );
            }
        }
    }

    private static Task<HttpResponseMessage> RegisterAsync(HttpClient client, string email) =>
        client.PostAsJsonAsync(
            "/api/auth/register",
            new
            {
                first_name = "Ada",
                last_name = "Lovelace",
                email,
                password = TestUser.Password,
            }
        );

    private async Task<PlatformAdminOutcome> CreateAdminAsync(string email)
    {
        await using var scope = app.Services.CreateAsyncScope();
        return await scope
            .ServiceProvider.GetRequiredService<CreatePlatformAdmin>()
            .RunAsync(new PlatformAdmin(email, "Grace", "Hopper", TestUser.Password), TestContext.Current.CancellationToken);
    }
}
