using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Identity.Sso;
using SaaS.Core.Tenancy;
using SaaS.Core.Tenancy.Catalog;
using SaaS.Entra;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Identity.Sso;

/// <summary>Tests attacks on single sign-on: during the redirects, with tokens, and with claims of a directory.</summary>
public sealed class SsoAttackTests(SsoApi sso) : IClassFixture<SsoApi>
{
    private static readonly string[] NotLetIn = ["SSO_DOMAIN_REFUSED", "SSO_EMAIL_MISSING"];

    private static readonly string[] OneDomain = ["@x.com"];

    [Theory]
    [InlineData("state=forged")]
    [InlineData("state=01a2182b6970bddad0170a25d7a4e678.key.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("state=")]
    [InlineData("")]
    public async Task A_forged_state_is_rejected(string query)
    {
        await using var tenant = await SsoTenant.CreateAsync(sso);
        using var browser = tenant.NewBrowser();
        await tenant.GoToProviderAsync(browser, tenant.AddPerson()); // the browser has a cookie now
        using var answer = await browser.GetAsync($"/api/auth/sso/azure/callback?code=code&{query}");
        Assert.Equal("SSO_STATE_INVALID", await answer.ReadProblemAsync(HttpStatusCode.BadRequest));
    }

    [Fact]
    public async Task A_state_is_accepted_once_in_its_own_browser_before_it_expires()
    {
        await using var tenant = await SsoTenant.CreateAsync(sso);
        using var own = tenant.NewBrowser();
        using var other = tenant.NewBrowser();
        using var stranger = tenant.NewBrowser();
        var callback = await tenant.GoToProviderAsync(own, tenant.AddPerson());
        await tenant.GoToProviderAsync(other, tenant.AddPerson());

        foreach (var browser in new[] { other, stranger }) // one with its own sign-in in progress, one without any
        {
            using var stolen = await browser.GetAsync(callback);
            Assert.Equal("SSO_STATE_INVALID", await stolen.ReadProblemAsync(HttpStatusCode.BadRequest));
        }

        var answers = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => own.GetAsync(callback)));
        Assert.Single(answers, answer => answer.IsSuccessStatusCode);
        Assert.Equal(4, answers.Count(answer => answer.StatusCode is HttpStatusCode.BadRequest));
        Array.ForEach(answers, answer => answer.Dispose());

        var late = await tenant.GoToProviderAsync(own, tenant.AddPerson());
        sso.Clock.Ahead = TimeSpan.FromMinutes(10);
        try
        {
            using var expired = await own.GetAsync(late);
            Assert.Equal("SSO_STATE_INVALID", await expired.ReadProblemAsync(HttpStatusCode.BadRequest));
        }
        finally
        {
            sso.Clock.Ahead = TimeSpan.Zero;
        }
    }

    [Fact]
    public async Task Two_sign_ins_in_one_browser_are_independent()
    {
        await using var tenant = await SsoTenant.CreateAsync(sso);
        await using var other = await SsoTenant.CreateAsync(sso);
        using var browser = tenant.NewBrowser();
        var first = await tenant.GoToProviderAsync(browser, tenant.AddPerson());
        var second = await other.GoToProviderAsync(browser, other.AddPerson());
        using var otherAnswer = await browser.GetAsync(second);
        using var answer = await browser.GetAsync(first);
        other.MemberOf(await otherAnswer.ReadAsync(HttpStatusCode.OK));
        tenant.MemberOf(await answer.ReadAsync(HttpStatusCode.OK));
    }

    [Fact]
    public async Task Over_TLS_the_SSO_cookie_is_host_only()
    {
        const string Callback = "https://api.example.com/api/auth/sso/azure/callback";
        await using var tenant = await SsoTenant.CreateAsync(sso);
        tenant.Application.RedirectUris = [Callback];
        await using var api = sso.StartApi(Callback);
        using var browser = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false })
        {
            BaseAddress = api.ClientOptions.BaseAddress,
        };

        // A cookie that a sibling host could have set.
        Assert.Equal("SSO_STATE_INVALID", await (await ComeBackAsync("saas-sso")).ReadProblemAsync(HttpStatusCode.BadRequest));
        Assert.Equal(HttpStatusCode.OK, (await ComeBackAsync("__Host-saas-sso")).StatusCode);

        async Task<HttpResponseMessage> ComeBackAsync(string name)
        {
            using var begun = await browser.GetAsync($"/api/auth/sso/azure/login/{tenant.Id}");
            var cookie = Assert.Single(begun.Headers.GetValues("Set-Cookie"));
            Assert.Matches("^__Host-saas-sso=[^;]+; max-age=600; path=/; secure; samesite=lax; httponly$", cookie);
            using var answered = await browser.GetAsync(
                QueryHelpers.AddQueryString(begun.Headers.Location!.AbsoluteUri, "account", tenant.AddPerson().UserPrincipalName)
            );
            using var back = new HttpRequestMessage(HttpMethod.Get, answered.Headers.Location!.PathAndQuery)
            {
                Headers = { { "Cookie", $"{name}={cookie["__Host-saas-sso=".Length..cookie.IndexOf(';', StringComparison.Ordinal)]}" } },
            };
            return await browser.SendAsync(back);
        }
    }

    [Fact]
    public async Task Metadata_of_another_issuer_is_rejected_even_with_a_matching_token()
    {
        const string Other = "https://login.microsoftonline.com/5b973f99-77df-4beb-b27d-aa0c70b8482c/v2.0";
        await using var tenant = await SsoTenant.CreateAsync(sso);
        using var browser = tenant.NewBrowser();
        var metadata = JsonNode.Parse(
            await browser.GetStringAsync(new Uri(sso.Entra.Address, $"{tenant.Directory.Id}/v2.0/.well-known/openid-configuration"))
        )!;
        metadata["issuer"] = Other;
        sso.Entra.FailAlways(EntraEndpoint.Discovery, EntraFault.Json(metadata));
        sso.Entra.TamperIdToken(claims => claims["iss"] = Other);
        try
        {
            using var answer = await browser.GetAsync(await tenant.GoToProviderAsync(browser, tenant.AddPerson()));
            Assert.Equal("SSO_TOKEN_INVALID", await answer.ReadProblemAsync(HttpStatusCode.BadRequest));
        }
        finally
        {
            sso.Entra.Recover();
        }
    }

    [Theory]
    [InlineData(nameof(IdTokenSignature.UnpublishedKey))]
    [InlineData(nameof(IdTokenSignature.UnpublishedKeyUnderGenuineName))]
    [InlineData(nameof(IdTokenSignature.None))]
    [InlineData(nameof(IdTokenSignature.Hs256WithPublicKey))]
    [InlineData(nameof(IdTokenSignature.Hs256WithClientSecret))]
    public async Task An_id_token_without_a_valid_signature_is_rejected(string signature)
    {
        await using var tenant = await SsoTenant.CreateAsync(sso);
        sso.Entra.SignNextIdToken(Enum.Parse<IdTokenSignature>(signature));
        using var answer = await tenant.SignInAsync(tenant.AddPerson());
        Assert.Equal("SSO_TOKEN_INVALID", await answer.ReadProblemAsync(HttpStatusCode.BadRequest));
    }

    [Theory]
    [InlineData("iss", "https://login.microsoftonline.com/00000000-0000-0000-0000-000000000000/v2.0")]
    [InlineData("aud", "another-application")]
    [InlineData("tid", "5b973f99-77df-4beb-b27d-aa0c70b8482c")]
    [InlineData("tid", null)]
    [InlineData("oid", null)]
    [InlineData("oid", "not-an-id")]
    [InlineData("nonce", "another")]
    [InlineData("nonce", null)]
    [InlineData("at_hash", "bm90IHRoaXMgYWNjZXNzIHQ")]
    [InlineData("azp", "another-application")]
    [InlineData("sub", null)]
    [InlineData("iat", null)]
    [InlineData("ver", "1.0")]
    public async Task An_id_token_with_tampered_claims_is_rejected(string claim, string? value)
    {
        await using var tenant = await SsoTenant.CreateAsync(sso);
        sso.Entra.TamperIdToken(claims =>
        {
            claims.Remove(claim);
            if (value is not null)
            {
                claims[claim] = value;
            }
        });
        using var answer = await tenant.SignInAsync(tenant.AddPerson());
        Assert.Equal("SSO_TOKEN_INVALID", await answer.ReadProblemAsync(HttpStatusCode.BadRequest));
    }

    [Theory]
    [InlineData("exp", -121, false)]
    [InlineData("exp", -60, true)]
    [InlineData("nbf", 180, false)]
    [InlineData("nbf", 60, true)]
    [InlineData("iat", 180, false)]
    [InlineData("iat", 60, true)]
    public async Task A_clock_skew_of_up_to_two_minutes_is_tolerated(string claim, int seconds, bool isBelieved)
    {
        await using var tenant = await SsoTenant.CreateAsync(sso);
        sso.Entra.TamperIdToken(claims => claims[claim] = sso.Clock.GetUtcNow().AddSeconds(seconds).ToUnixTimeSeconds());
        using var answer = await tenant.SignInAsync(tenant.AddPerson());
        Assert.Equal(isBelieved ? HttpStatusCode.OK : HttpStatusCode.BadRequest, answer.StatusCode);
    }

    [Fact]
    public async Task A_rotated_directory_key_is_fetched()
    {
        await using var tenant = await SsoTenant.CreateAsync(sso);
        await tenant.EnterAsync(tenant.AddPerson());
        sso.Entra.RotateKeys();
        sso.Clock.Ahead = TimeSpan.FromMinutes(1); // the provider is asked again at most every 30 seconds
        try
        {
            await tenant.EnterAsync(tenant.AddPerson());
        }
        finally
        {
            sso.Clock.Ahead = TimeSpan.Zero;
        }
    }

    [Fact]
    public async Task A_code_of_another_tenant_provider_is_rejected()
    {
        await using var tenant = await SsoTenant.CreateAsync(sso);
        await using var attackers = await SsoTenant.CreateAsync(sso);
        using var browser = tenant.NewBrowser();
        var genuine = await tenant.GoToProviderAsync(browser, tenant.AddPerson());
        var foreign = await attackers.GoToProviderAsync(browser, attackers.AddPerson());

        // The state of each sign-in with the code of the other.
        foreach (var (state, code) in new[] { (genuine, foreign), (foreign, genuine) })
        {
            using var mixed = await browser.GetAsync(
                QueryHelpers.AddQueryString(
                    "/api/auth/sso/azure/callback",
                    new Dictionary<string, string?> { ["state"] = Part(state, "state"), ["code"] = Part(code, "code") }
                )
            );
            Assert.Equal("SSO_PROVIDER_REFUSED", await mixed.ReadProblemAsync(HttpStatusCode.BadRequest));
        }

        static string Part(string address, string name) =>
            QueryHelpers.ParseQuery(address[address.IndexOf('?', StringComparison.Ordinal)..])[name].ToString();
    }

    [Fact]
    public async Task A_redeemed_code_is_rejected()
    {
        await using var tenant = await SsoTenant.CreateAsync(sso);
        var person = tenant.AddPerson();
        using var browser = tenant.NewBrowser();
        var used = await tenant.GoToProviderAsync(browser, person);
        using var first = await browser.GetAsync(used);
        await first.ReadAsync(HttpStatusCode.OK);
        var next = await tenant.GoToProviderAsync(browser, person);
        var code = QueryHelpers.ParseQuery(used[used.IndexOf('?', StringComparison.Ordinal)..])["code"].ToString();
        var state = QueryHelpers.ParseQuery(next[next.IndexOf('?', StringComparison.Ordinal)..])["state"].ToString();

        using var replayed = await browser.GetAsync(
            QueryHelpers.AddQueryString(
                "/api/auth/sso/azure/callback",
                new Dictionary<string, string?> { ["state"] = state, ["code"] = code }
            )
        );
        Assert.Equal("SSO_PROVIDER_REFUSED", await replayed.ReadProblemAsync(HttpStatusCode.BadRequest));
    }

    // The admins of a directory can set any address ("nOAuth"), see https://learn.microsoft.com/entra/identity-platform/claims-validation
    [Fact]
    public async Task A_foreign_address_in_an_own_directory_gives_no_access()
    {
        await using var victims = await TestTenant.CreateAsync(sso.App);
        await using var attackers = await SsoTenant.CreateAsync(sso);
        using var answer = await attackers.SignInAsync(attackers.AddPerson(victims.Admin.Email));
        var refusal = await answer.ReadAsync(HttpStatusCode.Forbidden);
        Assert.Equal("SSO_LINK_REQUIRED", refusal.GetProperty("error").GetProperty("code").GetString());
        Assert.False(await sso.App.InControlAsync(db => db.SsoIdentities.AnyAsync(identity => identity.UserId == victims.Admin.Id)));
        Assert.False(
            await sso.App.InControlAsync(db =>
                db.Memberships.AnyAsync(membership => membership.UserId == victims.Admin.Id && membership.TenantId == attackers.Id)
            )
        );

        // The returned link code does not link the account either without the victim's password.
        var code = refusal.GetProperty("error").GetProperty("details").GetProperty("link_code")[0].GetString();
        using var client = sso.Api.NewClient();
        using var guessed = await client.PostAsJsonAsync("/api/auth/sso/link", new { link_code = code, password = "Guessed1843" });
        Assert.Equal("INVALID_CREDENTIALS", await guessed.ReadProblemAsync(HttpStatusCode.Unauthorized));
        using var exchanged = await client.PostAsJsonAsync("/api/auth/sso/exchange", new { code, verifier = SsoTenant.Verifier });
        Assert.Equal("SSO_CODE_INVALID", await exchanged.ReadProblemAsync(HttpStatusCode.BadRequest));
    }

    [Theory]
    [InlineData("person@evilx.com")]
    [InlineData("person@sub.x.com")]
    [InlineData("person@x.com.evil.com")]
    [InlineData("\"person@x.com\"@evil.com")]
    public async Task An_allowed_domain_is_accepted_and_lookalikes_are_rejected(string address)
    {
        await using var tenant = await SsoTenant.CreateAsync(sso, new { enabled = true, allowed_email_domains = OneDomain });
        using var answer = await tenant.SignInAsync(tenant.AddPerson(address));
        Assert.Contains(await answer.ReadProblemAsync(HttpStatusCode.BadRequest), NotLetIn);

        await tenant.EnterAsync(
            tenant.AddPerson($"{Guid.CreateVersion7(DateTimeOffset.UnixEpoch).ToString("N")[20..]}.{tenant.Id:N}@x.com")
        );
    }

    [Theory]
    [InlineData("the tenant is deleted")]
    [InlineData("the provider is disabled")]
    [InlineData("the provider is another one")]
    [InlineData("the account is deactivated")]
    public async Task A_sign_in_fails_when_tenant_provider_or_account_ends_meanwhile(string end)
    {
        await using var tenant = await SsoTenant.CreateAsync(sso);
        var person = tenant.AddPerson();
        var member = await tenant.EnterAsync(person);
        using var browser = tenant.NewBrowser();
        var callback = await tenant.GoToProviderAsync(browser, person);
        await sso.App.InControlAsync(db =>
            end switch
            {
                "the tenant is deleted" => db
                    .Tenants.Where(one => one.Id == tenant.Id)
                    .ExecuteUpdateAsync(set => set.SetProperty(one => one.State, TenantState.Deleted)),
                "the provider is disabled" => db
                    .SsoConfigurations.Where(one => one.TenantId == tenant.Id)
                    .ExecuteUpdateAsync(set => set.SetProperty(one => one.IsEnabled, false)),
                "the provider is another one" => db
                    .SsoConfigurations.Where(one => one.TenantId == tenant.Id)
                    .ExecuteUpdateAsync(set => set.SetProperty(one => one.ClientId, "another")),
                _ => db.Users.Where(one => one.Id == member.Id).ExecuteUpdateAsync(set => set.SetProperty(one => one.IsActive, false)),
            }
        );

        using var answer = await browser.GetAsync(callback);
        Assert.False(answer.IsSuccessStatusCode);
        Assert.True((int)answer.StatusCode < 500, $"{(int)answer.StatusCode}");
        await sso.App.InControlAsync(db =>
            db.Tenants.Where(one => one.Id == tenant.Id).ExecuteUpdateAsync(set => set.SetProperty(one => one.State, TenantState.Active))
        );
    }

    [Theory]
    [InlineData("html")]
    [InlineData("503")]
    [InlineData("closed")]
    [InlineData("other json")]
    public async Task A_failing_provider_is_reported_as_unavailable(string how)
    {
        await using var tenant = await SsoTenant.CreateAsync(sso);
        var person = tenant.AddPerson();
        var fault = how switch
        {
            "html" => EntraFault.Html,
            "503" => EntraFault.Status(503),
            "closed" => EntraFault.ClosedConnection,
            _ => EntraFault.Json(new JsonArray(1, 2)),
        };
        using var browser = tenant.NewBrowser();
        try
        {
            // Fails before the redirect to the provider, and on the callback.
            sso.Entra.FailAlways(EntraEndpoint.Discovery, fault);
            using var notBegun = await browser.GetAsync($"/api/auth/sso/azure/login/{tenant.Id}");
            Assert.Equal("SSO_PROVIDER_AWAY", await notBegun.ReadProblemAsync(HttpStatusCode.ServiceUnavailable));
            Assert.NotNull(notBegun.Headers.RetryAfter);

            sso.Entra.Recover();
            var callback = await tenant.GoToProviderAsync(browser, person);
            sso.Entra.FailAlways(EntraEndpoint.Token, fault);
            using var notEnded = await browser.GetAsync(callback);
            Assert.Equal("SSO_PROVIDER_AWAY", await notEnded.ReadProblemAsync(HttpStatusCode.ServiceUnavailable));
        }
        finally
        {
            sso.Entra.Recover();
        }
    }

    [Fact]
    public async Task A_silent_provider_times_out()
    {
        await using var tenant = await SsoTenant.CreateAsync(sso);
        await using var impatient = sso.StartApi(sso.App.Setting("Sso:CallbackAddress"), timeout: "00:00:01");
        using var browser = tenant.NewBrowser();
        var callback = await tenant.GoToProviderAsync(browser, tenant.AddPerson());
        var never = new TaskCompletionSource();
        try
        {
            sso.Entra.FailAlways(EntraEndpoint.Discovery, EntraFault.HangUntil(never.Task));
            await IsAwayAsync($"/api/auth/sso/azure/login/{tenant.Id}");

            sso.Entra.Recover();
            sso.Entra.FailAlways(EntraEndpoint.Token, EntraFault.HangUntil(never.Task));
            await IsAwayAsync(callback);
        }
        finally
        {
            never.SetResult();
            sso.Entra.Recover();
        }

        async Task IsAwayAsync(string path)
        {
            using var answer = await browser.GetAsync(new Uri(impatient.ClientOptions.BaseAddress, path));
            Assert.Equal("SSO_PROVIDER_AWAY", await answer.ReadProblemAsync(HttpStatusCode.ServiceUnavailable));
        }
    }

    [Theory]
    [InlineData(9002327, "invalid_request", "SSO_PROVIDER_REFUSED", "platform Web")]
    [InlineData(7000222, "invalid_client", "SSO_PROVIDER_REFUSED", "has expired")]
    [InlineData(65004, "access_denied", "SSO_CANCELLED", "You cancelled the sign-in")]
    [InlineData(999999, "access_denied", "SSO_CANCELLED", "cancelled")]
    [InlineData(999998, "invalid_request", "SSO_PROVIDER_REFUSED", "AADSTS999998")]
    public async Task Entra_errors_are_explained_in_plain_words(int code, string error, string expected, string words)
    {
        await using var tenant = await SsoTenant.CreateAsync(sso);
        sso.Entra.FailNextAuthorization(new EntraError(code, error, "The provider's own words, <b>which</b> are shown to nobody."));
        using var answer = await tenant.SignInAsync(tenant.AddPerson());
        var refusal = await answer.ReadAsync(HttpStatusCode.BadRequest);
        Assert.Equal(expected, refusal.GetProperty("error").GetProperty("code").GetString());
        Assert.Contains(words, refusal.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.DoesNotContain("own words", refusal.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_client_secret_is_reported_but_never_shown()
    {
        await using var tenant = await SsoTenant.CreateAsync(sso);
        tenant.Application.ClientSecrets = ["another-one"];
        using var answer = await tenant.SignInAsync(tenant.AddPerson());
        var refusal = await answer.ReadAsync(HttpStatusCode.BadRequest);
        Assert.Contains("client secret is wrong", refusal.GetProperty("message").GetString(), StringComparison.Ordinal);
    }
}
