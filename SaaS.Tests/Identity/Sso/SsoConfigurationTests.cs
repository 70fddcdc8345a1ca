using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;
using OtpNet;
using SaaS.Core.Access;
using SaaS.Core.Identity.Sso.Configuration;
using SaaS.Entra;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Identity.Sso;

/// <summary>
/// Tests the configuration of a tenant's identity provider: its domains, break-glass access for when the provider fails, and notifications.
/// </summary>
public sealed class SsoConfigurationTests(SsoApi sso) : IClassFixture<SsoApi>
{
    [Fact]
    public async Task A_client_secret_is_write_only()
    {
        await using var tenant = await SsoTenant.CreateAsync(sso);
        var secret = tenant.Application.ClientSecrets[0];
        using var shown = await tenant.Admin.GetAsync($"{tenant.Path}/config?include_stats=true");
        var configuration = await shown.ReadDataAsync();
        Assert.DoesNotContain(secret, configuration.GetRawText(), StringComparison.Ordinal);
        Assert.True(configuration.GetProperty("has_client_secret").GetBoolean());
        Assert.Equal(
            Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{tenant.Id}{secret[^4..]}")))[..16],
            configuration.GetProperty("client_secret_hash").GetString()
        );
        Assert.Equal(sso.App.Setting("Sso:CallbackAddress"), configuration.GetProperty("redirect_uri").GetString());
        Assert.Equal(0, configuration.GetProperty("statistics").GetProperty("total_azure_identities").GetInt32());

        using var second = await tenant.Admin.PostAsJsonAsync($"{tenant.Path}/config", tenant.ConfigurationWith(new { }));
        Assert.Equal("SSO_ALREADY_CONFIGURED", await second.ReadProblemAsync(HttpStatusCode.BadRequest));
    }

    [Theory]
    [InlineData("""{"client_id": "a", "client_secret": "b"}""", "provider_tenant_id")]
    [InlineData("""{"client_id": "a", "client_secret": "b", "provider_tenant_id": "common"}""", "provider_tenant_id")]
    [InlineData("""{"client_id": "a", "client_secret": "b", "provider_tenant_id": "organizations"}""", "provider_tenant_id")]
    [InlineData("""{"client_id": "a", "client_secret": "b", "provider_tenant_id": "contoso.com/../other"}""", "provider_tenant_id")]
    [InlineData("""{"client_id": "a b", "client_secret": "b", "provider_tenant_id": "contoso.onmicrosoft.com"}""", "client_id")]
    [InlineData("""{"client_id": "a", "client_secret": " ", "provider_tenant_id": "contoso.onmicrosoft.com"}""", "client_secret")]
    [InlineData(
        """{"client_id": "a", "client_secret": "b", "provider_tenant_id": "contoso.onmicrosoft.com", "config_metadata": {"app_type": "spa"}}""",
        "config_metadata.app_type"
    )]
    [InlineData(
        """{"client_id": "a", "client_secret": "b", "provider_tenant_id": "contoso.onmicrosoft.com", "redirect_uri": "https://attacker.example"}""",
        "redirect_uri"
    )]
    public async Task An_invalid_configuration_is_rejected_with_its_field(string body, string field)
    {
        await using var tenant = await TestTenant.CreateAsync(sso.App);
        using var answer = await tenant.Admin.Http.PostAsync(
            $"{tenant.Path}/sso/config",
            new StringContent(body, Encoding.UTF8, "application/json")
        );
        Assert.Contains(field, (await answer.ReadFieldsAsync()).Select(name => name.ToLowerInvariant()));
    }

    [Fact]
    public async Task A_configuration_change_keeps_omitted_fields()
    {
        await using var tenant = await SsoTenant.CreateAsync(
            sso,
            new
            {
                enabled = true,
                default_role = "user",
                allowed_email_domains = new List<string> { "@Example.com" },
            }
        );
        using var changed = await tenant.Admin.PutAsJsonAsync(
            $"{tenant.Path}/config",
            new { client_secret = "another secret", client_secret_expires_at = "2030-01-01T00:00:00Z" }
        );
        var configuration = await changed.ReadDataAsync();
        var provisioning = configuration.GetProperty("config_metadata").GetProperty("auto_provisioning");
        Assert.Equal(
            ("user", "example.com"),
            (
                provisioning.GetProperty("default_role").GetString(),
                Assert.Single(provisioning.GetProperty("allowed_email_domains").EnumerateArray()).GetString()
            )
        );
        Assert.Equal("2030-01-01T00:00:00Z", configuration.GetProperty("client_secret_expires_at").GetString());
        Assert.True(configuration.GetProperty("is_enabled").GetBoolean());

        using var disabled = await tenant.Admin.PutAsJsonAsync($"{tenant.Path}/config", new { is_enabled = false });
        Assert.Equal("local", (await disabled.ReadDataAsync()).GetProperty("auth_method").GetString());
    }

    [Fact]
    public async Task A_required_provider_cannot_be_replaced_by_an_unproved_one()
    {
        await using var tenant = await SsoTenant.CreateAsync(sso);
        var admin = await tenant.RequireSsoAsync();
        using var blind = await admin.Http.PutAsJsonAsync($"{tenant.Path}/config", new { provider_tenant_id = "typo.onmicrosoft.com" });
        Assert.Equal("SSO_NOT_PROVED", await blind.ReadProblemAsync(HttpStatusCode.Conflict));
        using var both = await admin.Http.PostAsJsonAsync($"{tenant.Path}/config/enable", new { });
        Assert.Equal("both", (await both.ReadDataAsync()).GetProperty("auth_method").GetString());
        using var changed = await admin.Http.PutAsJsonAsync($"{tenant.Path}/config", new { provider_tenant_id = "typo.onmicrosoft.com" });
        Assert.False((await changed.ReadDataAsync()).GetProperty("is_proved").GetBoolean());
        using var sole = await tenant.Admin.PostAsJsonAsync($"{tenant.Path}/config/enable", new { auth_method = "sso" });
        Assert.Equal("SSO_NOT_PROVED", await sole.ReadProblemAsync(HttpStatusCode.Conflict));
    }

    [Fact]
    public async Task A_provider_with_identities_can_be_removed_only_by_force()
    {
        await using var tenant = await SsoTenant.CreateAsync(sso);
        var member = await tenant.EnterAsync(tenant.AddPerson());
        using var refused = await tenant.Admin.DeleteAsync($"{tenant.Path}/config");
        Assert.Equal("SSO_IDENTITIES_EXIST", await refused.ReadProblemAsync(HttpStatusCode.BadRequest));
        using var removed = await tenant.Admin.DeleteAsync($"{tenant.Path}/config?force=true");
        Assert.Equal(HttpStatusCode.OK, removed.StatusCode);
        using var gone = await tenant.Admin.GetAsync($"{tenant.Path}/config");
        Assert.Equal("SSO_NOT_CONFIGURED", await gone.ReadProblemAsync(HttpStatusCode.NotFound));
        using var outside = await member.Http.GetAsync($"/api/tenants/{tenant.Id}/documents");
        Assert.Equal("SSO_NOT_ADMITTED", await outside.ReadProblemAsync(HttpStatusCode.Forbidden));
    }

    [Fact]
    public async Task Validation_reports_whether_the_directory_exists()
    {
        await using var tenant = await SsoTenant.CreateAsync(sso);
        using var found = await tenant.Admin.GetAsync($"{tenant.Path}/config/validate");
        var validation = await found.ReadDataAsync();
        Assert.True(validation.GetProperty("valid").GetBoolean());
        Assert.Equal($"{sso.Entra.Address}{tenant.Directory.Id}/oauth2/v2.0/token", validation.GetProperty("token_url").GetString());

        using var changed = await tenant.Admin.PutAsJsonAsync($"{tenant.Path}/config", new { provider_tenant_id = "nobody.example" });
        await changed.ReadAsync(HttpStatusCode.OK);
        using var missing = await tenant.Admin.GetAsync($"{tenant.Path}/config/validate");
        Assert.Contains(
            "no directory nobody.example",
            (await missing.ReadDataAsync()).GetProperty("error").GetString(),
            StringComparison.Ordinal
        );

        sso.Entra.FailAlways(EntraEndpoint.Discovery, EntraFault.Html);
        using var other = await tenant.Admin.PutAsJsonAsync($"{tenant.Path}/config", new { provider_tenant_id = "silent.example" });
        using var away = await tenant.Admin.GetAsync($"{tenant.Path}/config/validate");
        sso.Entra.Recover();
        Assert.False((await away.ReadDataAsync()).GetProperty("valid").GetBoolean());
    }

    [Fact]
    public async Task A_domain_is_verified_by_a_DNS_record_and_belongs_to_one_tenant()
    {
        await using var tenant = await SsoTenant.CreateAsync(sso);
        await using var other = await SsoTenant.CreateAsync(sso);
        var domain = $"{tenant.Id:N}.example.com";
        using var added = await tenant.Admin.PostAsJsonAsync($"{tenant.Path}/domains", new { domain = $"@{domain.ToUpperInvariant()}" });
        var record = await added.ReadDataAsync(HttpStatusCode.Created);
        Assert.Equal(
            (domain, $"_saas-verification.{domain}"),
            (record.GetProperty("domain").GetString(), record.GetProperty("record_name").GetString())
        );

        using var unproved = await DetectAsync($"ada@{domain}");
        Assert.False((await unproved.ReadDataAsync()).GetProperty("has_sso").GetBoolean());
        using var missing = await tenant.Admin.PostAsync($"{tenant.Path}/domains/{domain}/verify", content: null);
        Assert.Equal("SSO_RECORD_MISSING", await missing.ReadProblemAsync(HttpStatusCode.Conflict));
        sso.Names.Publish($"_saas-verification.{domain}", "saas-verification=somebody-elses");
        using var wrong = await tenant.Admin.PostAsync($"{tenant.Path}/domains/{domain}/verify", content: null);
        Assert.Equal("SSO_RECORD_MISSING", await wrong.ReadProblemAsync(HttpStatusCode.Conflict));
        sso.Names.Fails = true;
        using var silent = await tenant.Admin.PostAsync($"{tenant.Path}/domains/{domain}/verify", content: null);
        sso.Names.Fails = false;
        Assert.Equal("NAME_SERVER_AWAY", await silent.ReadProblemAsync(HttpStatusCode.ServiceUnavailable));

        await tenant.VerifyDomainAsync(domain);
        using var detected = await DetectAsync($"someone@{domain}");
        var found = Assert.Single((await detected.ReadDataAsync()).GetProperty("tenants").EnumerateArray());
        Assert.Equal((tenant.Id, "azure_ad"), (found.GetProperty("tenant_id").GetGuid(), found.GetProperty("provider").GetString()));
        Assert.EndsWith($"/api/auth/sso/azure/login/{tenant.Id}", found.GetProperty("login_url").GetString(), StringComparison.Ordinal);

        using var claimed = await other.Admin.PostAsJsonAsync($"{other.Path}/domains", new { domain });
        var second = await claimed.ReadDataAsync(HttpStatusCode.Created);
        sso.Names.Publish(second.GetProperty("record_name").GetString()!, second.GetProperty("record_text").GetString()!);
        using var taken = await other.Admin.PostAsync($"{other.Path}/domains/{domain}/verify", content: null);
        Assert.Equal("SSO_DOMAIN_TAKEN", await taken.ReadProblemAsync(HttpStatusCode.Conflict));

        using var removed = await tenant.Admin.DeleteAsync($"{tenant.Path}/domains/{domain}");
        Assert.Equal(HttpStatusCode.OK, removed.StatusCode);
        using var listed = await tenant.Admin.GetAsync($"{tenant.Path}/domains");
        Assert.Empty((await listed.ReadDataAsync()).GetProperty("domains").EnumerateArray());
    }

    [Theory]
    [InlineData("""{}""")]
    [InlineData("""{"email": "no-at"}""")]
    [InlineData("""{"email": "@"}""")]
    public async Task Detection_requires_an_email_address(string body)
    {
        using var client = sso.Api.NewClient();
        using var answer = await client.PostAsync("/api/auth/sso/detect", new StringContent(body, Encoding.UTF8, "application/json"));
        Assert.Equal(["email"], await answer.ReadFieldsAsync());
    }

    [Fact]
    public async Task Availability_reports_the_sign_in_method()
    {
        await using var tenant = await SsoTenant.CreateAsync(sso);
        using var client = sso.Api.NewClient();
        using var available = await client.GetAsync($"/api/auth/sso/check-availability/{tenant.Id}");
        var shown = await available.ReadDataAsync();
        Assert.Equal((true, "both"), (shown.GetProperty("available").GetBoolean(), shown.GetProperty("auth_method").GetString()));
        using var disabled = await tenant.Admin.PostAsJsonAsync($"{tenant.Path}/config/disable", new { });
        using var not = await client.GetAsync($"/api/auth/sso/check-availability/{tenant.Id}");
        Assert.False((await not.ReadDataAsync()).GetProperty("available").GetBoolean());
        using var begun = await client.GetAsync($"/api/auth/sso/azure/login/{tenant.Id}");
        Assert.Equal("SSO_NOT_AVAILABLE", await begun.ReadProblemAsync(HttpStatusCode.NotFound));

        // The response does not reveal to an anonymous client whether a tenant exists.
        using var unknown = await client.GetAsync($"/api/auth/sso/check-availability/{Guid.CreateVersion7(DateTimeOffset.UnixEpoch)}");
        Assert.Equal(HttpStatusCode.OK, unknown.StatusCode);
        Assert.Equal(await not.Content.ReadAsStringAsync(), await unknown.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task A_replaced_provider_ends_the_sessions_of_the_previous_one()
    {
        await using var tenant = await SsoTenant.CreateAsync(sso);
        var before = await tenant.EnterAsync(tenant.AddPerson());
        using var removed = await tenant.Admin.DeleteAsync($"{tenant.Path}/config?force=true");
        Assert.Equal(HttpStatusCode.OK, removed.StatusCode);
        using var again = await tenant.Admin.PostAsJsonAsync($"{tenant.Path}/config", tenant.ConfigurationWith(new { enabled = true }));
        await again.ReadAsync(HttpStatusCode.Created);
        using var old = await before.Http.GetAsync($"/api/tenants/{tenant.Id}/documents");
        Assert.Equal(HttpStatusCode.Unauthorized, old.StatusCode);

        var after = await tenant.EnterAsync(tenant.AddPerson());
        using var changed = await tenant.Admin.PutAsJsonAsync($"{tenant.Path}/config", new { client_id = "another-application" });
        await changed.ReadAsync(HttpStatusCode.OK);
        using var other = await after.Http.GetAsync($"/api/tenants/{tenant.Id}/documents");
        Assert.Equal(HttpStatusCode.Unauthorized, other.StatusCode);
    }

    [Fact]
    public async Task Concurrent_break_glass_registrations_leave_one_admin()
    {
        await using var tenant = await SsoTenant.CreateAsync(sso);
        var named = await Task.WhenAll(
            Enumerable.Range(0, 8).Select(_ => tenant.Admin.PostAsync($"{tenant.Path}/break-glass", content: null))
        );
        Assert.All(named, answer => Assert.Equal(HttpStatusCode.OK, answer.StatusCode));
        using var listed = await tenant.Admin.GetAsync($"{tenant.Path}/break-glass");
        Assert.Single((await listed.ReadDataAsync()).EnumerateArray());
    }

    [Fact]
    public async Task A_break_glass_admin_signs_in_with_both_factors_during_an_outage()
    {
        await using var tenant = await SsoTenant.CreateAsync(sso);
        using var early = await tenant.Admin.PostAsJsonAsync($"{tenant.Path}/break-glass/confirm", new { code = "123456" });
        Assert.Equal("BREAK_GLASS_NOT_NAMED", await early.ReadProblemAsync(HttpStatusCode.Conflict));
        using var named = await tenant.Admin.PostAsync($"{tenant.Path}/break-glass", content: null);
        var secret = await named.ReadDataAsync();
        Assert.StartsWith("otpauth://totp/", secret.GetProperty("otpauth_uri").GetString(), StringComparison.Ordinal);
        var authenticator = new Totp(Base32Encoding.ToBytes(secret.GetProperty("secret").GetString()));
        var now = sso.Clock.GetUtcNow().UtcDateTime;

        using var unconfirmed = await EnterAsync(authenticator.ComputeTotp(now));
        Assert.Equal("INVALID_CREDENTIALS", await unconfirmed.ReadProblemAsync(HttpStatusCode.Unauthorized));
        using var wrong = await tenant.Admin.PostAsJsonAsync(
            $"{tenant.Path}/break-glass/confirm",
            new { code = authenticator.ComputeTotp(now.AddHours(-1)) }
        );
        Assert.Equal("ONE_TIME_PASSWORD_WRONG", await wrong.ReadProblemAsync(HttpStatusCode.Forbidden));
        using var confirmed = await tenant.Admin.PostAsJsonAsync(
            $"{tenant.Path}/break-glass/confirm",
            new { code = authenticator.ComputeTotp(now) }
        );
        Assert.Equal(HttpStatusCode.OK, confirmed.StatusCode);
        await tenant.RequireSsoAsync();

        using var again = await EnterAsync(authenticator.ComputeTotp(now));
        Assert.Equal("ONE_TIME_PASSWORD_WRONG", await again.ReadProblemAsync(HttpStatusCode.Forbidden)); // it has been used
        var next = authenticator.ComputeTotp(now.AddSeconds(30));
        var tries = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => EnterAsync(next)));
        var entered = await Assert.Single(tries, attempt => attempt.IsSuccessStatusCode).ReadAsync(HttpStatusCode.OK);
        Array.ForEach(tries, attempt => attempt.Dispose());
        using var inside = sso.Api.NewClient(entered.GetProperty("access_token").GetString());
        using var configuration = await inside.GetAsync($"{tenant.Path}/config");
        Assert.Equal("sso", (await configuration.ReadDataAsync()).GetProperty("auth_method").GetString());
        using var elsewhere = await inside.PostAsJsonAsync("/api/tenants", new { name = "Another" });
        Assert.Equal("PASSWORD_SIGN_IN_REQUIRED", await elsewhere.ReadProblemAsync(HttpStatusCode.Forbidden));

        using var removed = await inside.DeleteAsync($"{tenant.Path}/break-glass/{tenant.Tenant.Admin.Id}");
        Assert.Equal(HttpStatusCode.OK, removed.StatusCode);
        using var listed = await inside.GetAsync($"{tenant.Path}/break-glass");
        Assert.Empty((await listed.ReadDataAsync()).EnumerateArray());

        async Task<HttpResponseMessage> EnterAsync(string code)
        {
            using var client = sso.Api.NewClient();
            return await client.PostAsJsonAsync(
                $"/api/auth/sso/break-glass/{tenant.Id}",
                new
                {
                    email = tenant.Tenant.Admin.Email,
                    password = TestUser.Password,
                    code,
                }
            );
        }
    }

    [Fact]
    public async Task Guessing_one_time_passwords_is_throttled()
    {
        await using var tenant = await SsoTenant.CreateAsync(sso);
        using var named = await tenant.Admin.PostAsync($"{tenant.Path}/break-glass", content: null);
        var authenticator = new Totp(Base32Encoding.ToBytes((await named.ReadDataAsync()).GetProperty("secret").GetString()));
        var now = sso.Clock.GetUtcNow().UtcDateTime;
        for (var guess = 0; guess < 10; guess++)
        {
            using var wrong = await tenant.Admin.PostAsJsonAsync(
                $"{tenant.Path}/break-glass/confirm",
                new { code = authenticator.ComputeTotp(now.AddHours(-1)) }
            );
            Assert.Equal(HttpStatusCode.Forbidden, wrong.StatusCode);
        }

        using var right = await tenant.Admin.PostAsJsonAsync(
            $"{tenant.Path}/break-glass/confirm",
            new { code = authenticator.ComputeTotp(now) }
        );
        Assert.Equal(HttpStatusCode.TooManyRequests, right.StatusCode);
        Assert.NotNull(right.Headers.RetryAfter);
    }

    [Fact]
    public async Task Statistics_count_sign_ins_and_failure_reasons()
    {
        await using var tenant = await SsoTenant.CreateAsync(sso);
        var person = tenant.AddPerson();
        await tenant.EnterAsync(person);
        await tenant.EnterAsync(person);
        person.IsEnabled = true;
        sso.Entra.TamperIdToken(claims => claims["nonce"] = "another");
        using var refused = await tenant.SignInAsync(person);

        foreach (var path in new[] { "statistics", "config/stats?period=day" })
        {
            using var answer = await tenant.Admin.GetAsync($"{tenant.Path}/{path}");
            var statistics = await answer.ReadDataAsync();
            Assert.Equal(
                (1, 2, 1, 1, 2),
                (
                    Number("total_sso_users"),
                    Number("logins_in_period"),
                    Number("failed_logins"),
                    Number("auto_provisioned_users"),
                    Number("active_sso_sessions")
                )
            );
            Assert.Equal(1, statistics.GetProperty("failures_by_reason").GetProperty("SSO_TOKEN_INVALID").GetInt32());
            Assert.Equal(2, statistics.GetProperty("by_day").EnumerateArray().Sum(day => day.GetProperty("logins").GetInt32()));
            Assert.Equal(
                person.UserPrincipalName,
                statistics
                    .GetProperty("usage")
                    .GetProperty("by_azure_tenant")
                    .GetProperty(tenant.Directory.Id.ToString())
                    .GetProperty("users")[0]
                    .GetProperty("azure_upn")
                    .GetString()
            );

            int Number(string name) => statistics.GetProperty(name).GetInt32();
        }

        using var wrong = await tenant.Admin.GetAsync($"{tenant.Path}/statistics?period=century");
        Assert.Equal(["period"], await wrong.ReadFieldsAsync());
    }

    [Fact]
    public async Task Only_operators_see_all_providers()
    {
        await using var tenant = await SsoTenant.CreateAsync(sso);
        using var refused = await tenant.Admin.GetAsync("/api/tenants/sso/configs");
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        var operating = await TestUser.OperatorAsync(sso.App);
        using var listed = await operating.Http.GetAsync("/api/tenants/sso/configs?only_enabled=true&per_page=100");
        var text = (await listed.ReadDataAsync()).GetRawText();
        Assert.DoesNotContain(tenant.Application.ClientSecrets[0], text, StringComparison.Ordinal);
        Assert.Contains("provider_tenant_id", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Admins_are_warned_30_7_and_1_days_before_a_secret_expires()
    {
        await using var tenant = await SsoTenant.CreateAsync(sso);
        await tenant.Tenant.AddAsync(TenantRole.User); // this member receives no mail
        var expires = sso.Clock.GetUtcNow().AddDays(40);
        using var changed = await tenant.Admin.PutAsJsonAsync($"{tenant.Path}/config", new { client_secret_expires_at = expires });
        await changed.ReadAsync(HttpStatusCode.OK);
        try
        {
            foreach (var (days, warnings) in new[] { (5, 0), (11, 1), (12, 1), (34, 2), (39.5, 3), (39.6, 3) })
            {
                sso.Clock.Ahead = TimeSpan.FromDays(days);
                await sso.RunAsync<NotifyExpiringSecretsJob>();
                await sso.App.DrainAsync();
                Assert.Equal(
                    warnings,
                    (await ReceivedMail.AllToAsync(sso.App, tenant.Tenant.Admin.Email)).Count(mail =>
                        mail.Subject.StartsWith("Single sign-on stops", StringComparison.Ordinal)
                    )
                );
            }
        }
        finally
        {
            sso.Clock.Ahead = TimeSpan.Zero;
        }
    }

    [Fact]
    public async Task A_domain_with_a_missing_record_stays_verified_for_two_weeks()
    {
        await using var tenant = await SsoTenant.CreateAsync(sso);
        var domain = $"{tenant.Id:N}.example.com";
        await tenant.VerifyDomainAsync(domain);
        var record = await tenant.Admin.PostAsJsonAsync($"{tenant.Path}/domains", new { domain });
        var text = (await record.ReadDataAsync(HttpStatusCode.Created)).GetProperty("record_text").GetString()!;
        try
        {
            await AssertAsync(day: 0, isVerified: true, mails: 0);
            sso.Names.Withdraw($"_saas-verification.{domain}");
            await AssertAsync(day: 1, isVerified: true, mails: 1);
            await AssertAsync(day: 2, isVerified: true, mails: 1);
            sso.Names.Publish($"_saas-verification.{domain}", text); // within the grace period, which starts anew
            await AssertAsync(day: 3, isVerified: true, mails: 1);
            sso.Names.Publish($"_saas-verification.{domain}", "saas-verification=somebody-elses");
            await AssertAsync(day: 10, isVerified: true, mails: 2);
            sso.Names.Fails = true;
            await AssertAsync(day: 25, isVerified: true, mails: 2); // DNS was unavailable
            sso.Names.Fails = false;
            await AssertAsync(day: 25, isVerified: false, mails: 3);
            await AssertAsync(day: 26, isVerified: false, mails: 3);
            using var detected = await DetectAsync($"ada@{domain}");
            Assert.False((await detected.ReadDataAsync()).GetProperty("has_sso").GetBoolean());
        }
        finally
        {
            (sso.Clock.Ahead, sso.Names.Fails) = (TimeSpan.Zero, false);
        }

        await tenant.VerifyDomainAsync(domain);

        async Task AssertAsync(int day, bool isVerified, int mails)
        {
            sso.Clock.Ahead = TimeSpan.FromDays(day);
            await sso.RecheckDomainsAsync(tenant.Id);
            sso.Clock.Ahead = TimeSpan.Zero;
            await sso.App.DrainAsync();
            using var listed = await tenant.Admin.GetAsync($"{tenant.Path}/domains");
            Assert.Equal(
                isVerified,
                Assert
                    .Single((await listed.ReadDataAsync()).GetProperty("domains").EnumerateArray())
                    .GetProperty("is_verified")
                    .GetBoolean()
            );
            var told = await ReceivedMail.AllToAsync(sso.App, tenant.Tenant.Admin.Email);
            Assert.Equal(mails, told.Count(mail => mail.Subject.Contains(domain, StringComparison.Ordinal)));
        }
    }

    private async Task<HttpResponseMessage> DetectAsync(string email)
    {
        using var client = sso.Api.NewClient();
        return await client.PostAsJsonAsync("/api/auth/sso/detect", new { email });
    }
}
