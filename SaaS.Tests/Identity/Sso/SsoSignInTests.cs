using System.Net.Http.Headers;
using System.Net.Http.Json;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Identity.Accounts;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Identity.Sso;

/// <summary>Tests the sign-in flow through a tenant's identity provider, and the permissions of the resulting session.</summary>
public sealed class SsoSignInTests(SsoApi sso) : IClassFixture<SsoApi>
{
    [Fact]
    public async Task A_person_authenticated_by_the_directory_becomes_a_member()
    {
        await using var tenant = await SsoTenant.CreateAsync(sso);
        var person = tenant.AddPerson(name: "Grace Brewster Hopper");
        using var answer = await tenant.SignInAsync(person);
        var signedIn = await answer.ReadAsync(HttpStatusCode.OK);
        var member = tenant.MemberOf(signedIn);

        Assert.Equal(
            (person.Email, "Grace", "Brewster Hopper"),
            (
                member.Email,
                signedIn.GetProperty("user").GetProperty("first_name").GetString(),
                signedIn.GetProperty("user").GetProperty("last_name").GetString()
            )
        );
        Assert.Equal("viewer", Assert.Single(signedIn.GetProperty("tenants").EnumerateArray()).GetProperty("role").GetString());
        using var documents = await member.Http.GetAsync($"/api/tenants/{tenant.Id}/documents");
        Assert.Equal(HttpStatusCode.OK, documents.StatusCode);

        using var identities = await member.Http.GetAsync("/api/auth/sso/identities");
        var identity = Assert.Single((await identities.ReadDataAsync()).GetProperty("identities").EnumerateArray());
        Assert.Equal(
            (tenant.Directory.Id, person.ObjectId, person.UserPrincipalName),
            (
                identity.GetProperty("azure_tenant_id").GetGuid(),
                identity.GetProperty("azure_object_id").GetGuid(),
                identity.GetProperty("azure_upn").GetString()
            )
        );
        Assert.True(identity.GetProperty("has_valid_token").GetBoolean());
    }

    [Fact]
    public async Task People_are_identified_only_by_their_directory_ids()
    {
        await using var tenant = await SsoTenant.CreateAsync(sso);
        var person = tenant.AddPerson();
        var first = await tenant.EnterAsync(person);

        (person.Email, person.UserPrincipalName, person.Name) = (TestUser.NewEmail(), TestUser.NewEmail(), "Somebody Else");
        var second = await tenant.EnterAsync(person);
        Assert.Equal((first.Id, first.Email), (second.Id, second.Email));

        // Another person who has the first person's address now is not that person, and can enter only with the account's password.
        var other = tenant.AddPerson(first.Email);
        using var refused = await tenant.SignInAsync(other);
        Assert.Equal("SSO_IDENTITY_CONFLICT", await refused.ReadProblemAsync(HttpStatusCode.Conflict));
    }

    [Fact]
    public async Task A_return_address_receives_a_single_use_code()
    {
        await using var tenant = await SsoTenant.CreateAsync(sso);
        using var answer = await tenant.SignInAsync(tenant.AddPerson(), $"{SsoApi.Product}/signed-in?tab=2#top");

        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
        var back = answer.Headers.Location!;
        var query = QueryHelpers.ParseQuery(back.Query);
        Assert.Equal(
            (SsoApi.Product, "/signed-in", "2", "#top"),
            (back.GetLeftPart(UriPartial.Authority), back.AbsolutePath, query["tab"].ToString(), back.Fragment)
        );
        Assert.Equal(["code", "tab"], query.Keys.Order());

        using var client = sso.Api.NewClient();
        var exchanges = await Task.WhenAll(
            Enumerable
                .Range(0, 5)
                .Select(_ =>
                    client.PostAsJsonAsync("/api/auth/sso/exchange", new { code = query["code"].ToString(), verifier = SsoTenant.Verifier })
                )
        );
        tenant.MemberOf(await Assert.Single(exchanges, exchange => exchange.IsSuccessStatusCode).ReadAsync(HttpStatusCode.OK));
        foreach (var exchange in exchanges.Where(exchange => !exchange.IsSuccessStatusCode))
        {
            Assert.Equal("SSO_CODE_INVALID", await exchange.ReadProblemAsync(HttpStatusCode.BadRequest));
        }
    }

    [Fact]
    public async Task A_sign_in_code_expires_after_a_minute()
    {
        await using var tenant = await SsoTenant.CreateAsync(sso);
        using var answer = await tenant.SignInAsync(tenant.AddPerson(), $"{SsoApi.Product}/");
        var code = QueryHelpers.ParseQuery(answer.Headers.Location!.Query)["code"].ToString();
        sso.Clock.Ahead = TimeSpan.FromSeconds(61);
        try
        {
            using var client = sso.Api.NewClient();
            using var late = await client.PostAsJsonAsync("/api/auth/sso/exchange", new { code, verifier = SsoTenant.Verifier });
            Assert.Equal("SSO_CODE_INVALID", await late.ReadProblemAsync(HttpStatusCode.BadRequest));
        }
        finally
        {
            sso.Clock.Ahead = TimeSpan.Zero;
        }
    }

    // Login CSRF: an attacker starts a sign-in and makes a victim open the address with its code, which would sign the victim in as the
    // attacker.
    [Fact]
    public async Task A_sign_in_code_is_bound_to_the_client_that_started_it()
    {
        await using var tenant = await SsoTenant.CreateAsync(sso);
        using var answer = await tenant.SignInAsync(tenant.AddPerson(), $"{SsoApi.Product}/");
        var code = QueryHelpers.ParseQuery(answer.Headers.Location!.Query)["code"].ToString();
        using var client = sso.Api.NewClient();
        foreach (var verifier in new[] { "another-verifier-that-another-browser-has-kept-for-itself", SsoTenant.Challenge })
        {
            using var victims = await client.PostAsJsonAsync("/api/auth/sso/exchange", new { code, verifier });
            Assert.Equal("SSO_CODE_INVALID", await victims.ReadProblemAsync(HttpStatusCode.BadRequest));
        }

        using var without = await client.PostAsJsonAsync("/api/auth/sso/exchange", new { code });
        Assert.Equal(["verifier"], await without.ReadFieldsAsync());
        using var own = await client.PostAsJsonAsync("/api/auth/sso/exchange", new { code, verifier = SsoTenant.Verifier });
        tenant.MemberOf(await own.ReadAsync(HttpStatusCode.OK));
    }

    [Theory]
    [InlineData("")]
    [InlineData("&challenge=")]
    [InlineData("&challenge=short")]
    [InlineData("&challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw+cM")]
    public async Task A_return_address_requires_a_PKCE_challenge(string query)
    {
        await using var tenant = await SsoTenant.CreateAsync(sso);
        using var browser = tenant.NewBrowser();
        using var begun = await browser.GetAsync(
            $"/api/auth/sso/azure/login/{tenant.Id}?return_url={Uri.EscapeDataString($"{SsoApi.Product}/")}{query}"
        );
        Assert.Equal(["challenge"], await begun.ReadFieldsAsync());
    }

    // Otherwise the victim would authenticate and so link their account to the attacker's identity.
    [Fact]
    public async Task A_link_code_is_bound_to_the_client_that_started_the_sign_in()
    {
        await using var tenant = await SsoTenant.CreateAsync(sso);
        var victim = await TestUser.RegisterAsync(sso.App);
        using var begun = await tenant.SignInAsync(tenant.AddPerson(victim.Email));
        var code = (await begun.ReadAsync(HttpStatusCode.Forbidden))
            .GetProperty("error")
            .GetProperty("details")
            .GetProperty("link_code")[0]
            .GetString();
        using var client = sso.Api.NewClient();
        using var linked = await client.PostAsJsonAsync(
            "/api/auth/sso/link",
            new
            {
                link_code = code,
                password = TestUser.Password,
                verifier = SsoTenant.Verifier,
            }
        );
        Assert.Equal("SSO_CODE_INVALID", await linked.ReadProblemAsync(HttpStatusCode.BadRequest));
    }

    [Theory]
    [InlineData("https://attacker.example/")]
    [InlineData("https://app.example.com.attacker.example/")]
    [InlineData("https://app.example.com@attacker.example/")]
    [InlineData("https://app.example.com:444/")]
    [InlineData("http://app.example.com/")]
    [InlineData("//attacker.example/")]
    [InlineData("https:\\\\attacker.example\\")]
    [InlineData("javascript:alert(1)")]
    [InlineData("/relative")]
    public async Task A_return_address_outside_the_product_is_rejected(string address)
    {
        await using var tenant = await SsoTenant.CreateAsync(sso);
        using var browser = tenant.NewBrowser();
        using var answer = await browser.GetAsync($"/api/auth/sso/azure/login/{tenant.Id}?return_url={Uri.EscapeDataString(address)}");
        Assert.Equal(["return_url"], await answer.ReadFieldsAsync());
    }

    [Fact]
    public async Task An_SSO_session_is_bound_to_its_tenant()
    {
        await using var tenant = await SsoTenant.CreateAsync(sso);
        await using var other = await TestTenant.CreateAsync(sso.App);
        var member = await tenant.EnterAsync(tenant.AddPerson());
        using var added = await other.Admin.Http.PostAsJsonAsync($"{other.Path}/users", new { user_id = member.Id, role = "admin" });
        Assert.Equal(HttpStatusCode.Created, added.StatusCode);

        using var elsewhere = await member.Http.GetAsync($"{other.Path}/documents");
        Assert.Equal("SESSION_OF_OTHER_TENANT", await elsewhere.ReadProblemAsync(HttpStatusCode.Forbidden));
        using var tenants = await member.Http.GetAsync("/api/tenants");
        Assert.Equal(tenant.Id, Assert.Single((await tenants.ReadDataAsync()).EnumerateArray()).IdOf());

        foreach (
            var (method, path) in new[]
            {
                ("POST", "/api/tenants"),
                ("PUT", "/api/users/me"),
                ("PUT", "/api/users/me/password"),
                ("GET", "/api/users/me/sessions"),
                ("DELETE", $"/api/users/me/sso-identities/{tenant.Id}"),
            }
        )
        {
            using var answer = await member.Http.SendAsync(
                new HttpRequestMessage(new HttpMethod(method), path)
                {
                    Content = method == "GET" ? null : JsonContent.Create(new { name = "Mine" }),
                }
            );
            Assert.Equal((path, "PASSWORD_SIGN_IN_REQUIRED"), (path, await answer.ReadProblemAsync(HttpStatusCode.Forbidden)));
        }

        using var me = await member.Http.GetAsync("/api/users/me");
        Assert.Equal(member.Id, (await me.ReadDataAsync()).IdOf());
    }

    [Fact]
    public async Task A_directory_cannot_grant_operator_access()
    {
        await using var tenant = await SsoTenant.CreateAsync(sso);
        var operating = await TestUser.OperatorAsync(sso.App);
        await tenant.VerifyDomainAsync(DomainOf(operating.Email, tenant));
        await sso.App.InControlAsync(db =>
            db.Users.Where(user => user.Id == operating.Id)
                .ExecuteUpdateAsync(set =>
                    set.SetProperty(user => user.Email, EmailAddress.Parse($"op@{DomainOf(operating.Email, tenant)}"))
                        .SetProperty(user => user.EmailVerifiedAt, DateTimeOffset.UnixEpoch)
                )
        );

        var member = await tenant.EnterAsync(tenant.AddPerson($"op@{DomainOf(operating.Email, tenant)}"));
        Assert.Equal(operating.Id, member.Id);
        using var answer = await member.Http.GetAsync("/api/admin/users");
        // Rejected because of the role, not only because the session is tenant-bound.
        Assert.Equal("FORBIDDEN", await answer.ReadProblemAsync(HttpStatusCode.Forbidden));
        using var jobs = await operating.Http.GetAsync("/api/admin/users");
        Assert.Equal(HttpStatusCode.OK, jobs.StatusCode);
    }

    [Fact]
    public async Task A_tenant_that_requires_single_sign_on_denies_password_sessions()
    {
        await using var tenant = await SsoTenant.CreateAsync(sso);
        using var unproved = await tenant.Admin.PostAsJsonAsync($"{tenant.Path}/config/enable", new { auth_method = "sso" });
        Assert.Equal("SSO_NOT_PROVED", await unproved.ReadProblemAsync(HttpStatusCode.Conflict));

        using (var stillIn = await tenant.Admin.GetAsync($"{tenant.Path}/config"))
        {
            Assert.Equal("both", (await stillIn.ReadDataAsync()).GetProperty("auth_method").GetString());
        }

        var admin = await tenant.RequireSsoAsync();
        using var byPassword = await tenant.Admin.GetAsync($"{tenant.Path}/config");
        Assert.Equal("SSO_REQUIRED", await byPassword.ReadProblemAsync(HttpStatusCode.Forbidden));
        using var client = sso.Api.NewClient();
        using var login = await client.PostAsJsonAsync(
            "/api/auth/login",
            new { email = tenant.Tenant.Admin.Email, password = TestUser.Password }
        );
        Assert.Equal("SSO_REQUIRED", await login.ReadProblemAsync(HttpStatusCode.Forbidden));

        using var disabled = await admin.Http.PostAsJsonAsync($"{tenant.Path}/config/disable", new { });
        Assert.Equal("local", (await disabled.ReadDataAsync()).GetProperty("auth_method").GetString());
        using var bySso = await admin.Http.GetAsync($"{tenant.Path}/config");
        Assert.Equal("SSO_NOT_ADMITTED", await bySso.ReadProblemAsync(HttpStatusCode.Forbidden));
        using var again = await client.PostAsJsonAsync(
            "/api/auth/login",
            new { email = tenant.Tenant.Admin.Email, password = TestUser.Password }
        );
        Assert.Equal(HttpStatusCode.OK, again.StatusCode);
    }

    [Fact]
    public async Task A_denied_sign_in_is_a_page_for_browsers_or_a_problem()
    {
        await using var tenant = await SsoTenant.CreateAsync(sso, provisioning: new { enabled = false });
        using var problem = await tenant.SignInAsync(tenant.AddPerson());
        Assert.Equal("SSO_PROVISIONING_DISABLED", await problem.ReadProblemAsync(HttpStatusCode.BadRequest));

        using var browser = tenant.NewBrowser();
        browser.DefaultRequestHeaders.Accept.Add(new MediaTypeWithQualityHeaderValue("text/html"));
        using var page = await browser.GetAsync(await tenant.GoToProviderAsync(browser, tenant.AddPerson(), $"{SsoApi.Product}/start"));
        var html = await page.Content.ReadAsStringAsync();
        Assert.Equal((HttpStatusCode.BadRequest, "text/html"), (page.StatusCode, page.Content.Headers.ContentType?.MediaType));
        Assert.Contains("Ask an administrator of your company", html, StringComparison.Ordinal);
        Assert.Contains($"{SsoApi.Product}/start?error=SSO_PROVISIONING_DISABLED", html, StringComparison.Ordinal);
        Assert.Contains("default-src 'none'", page.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_sign_in_cancelled_at_the_provider_is_reported_as_cancelled()
    {
        await using var tenant = await SsoTenant.CreateAsync(sso);
        using var browser = tenant.NewBrowser();
        browser.DefaultRequestHeaders.Accept.Add(new MediaTypeWithQualityHeaderValue("text/html"));
        using var begun = await browser.GetAsync(
            $"/api/auth/sso/azure/login/{tenant.Id}?return_url={Uri.EscapeDataString($"{SsoApi.Product}/start")}&challenge={SsoTenant.Challenge}"
        );
        using var cancelled = await browser.GetAsync(QueryHelpers.AddQueryString(begun.Headers.Location!.AbsoluteUri, "cancel", "true"));
        var back = QueryHelpers.ParseQuery(cancelled.Headers.Location!.Query);
        Assert.Equal("access_denied", back["error"].ToString());
        Assert.StartsWith("AADSTS65004", back["error_description"].ToString(), StringComparison.Ordinal);

        using var page = await browser.GetAsync(cancelled.Headers.Location.PathAndQuery);
        var html = await page.Content.ReadAsStringAsync();
        Assert.Equal((HttpStatusCode.BadRequest, "text/html"), (page.StatusCode, page.Content.Headers.ContentType?.MediaType));
        Assert.Contains("You did not sign in", html, StringComparison.Ordinal);
        Assert.Contains("You cancelled the sign-in.", html, StringComparison.Ordinal);
        Assert.Contains("Begin again whenever you like", html, StringComparison.Ordinal);
        Assert.Contains($"{SsoApi.Product}/start?error=SSO_CANCELLED", html, StringComparison.Ordinal);
        Assert.DoesNotContain("refused", html, StringComparison.OrdinalIgnoreCase);
    }

    // Returns a domain that only this test uses.
    private static string DomainOf(string email, SsoTenant tenant) => $"{email.Split('@')[0]}-{tenant.Id:N}.example.com";
}
