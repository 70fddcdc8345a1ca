using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.WebUtilities;
using SaaS.Entra;

namespace SaaS.Tests.Fixtures;

/// <summary>A tenant with a directory of its own, through which people can sign in.</summary>
internal sealed class SsoTenant : IAsyncDisposable
{
    /// <summary>What a page of the product keeps while its person signs in, and the example of RFC 7636, appendix B.</summary>
    public const string Verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

    /// <summary>The challenge that is made of it.</summary>
    public const string Challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    private readonly SsoApi _sso;
    private readonly TestTenant _tenant;

    private SsoTenant(SsoApi sso, TestTenant tenant, EntraDirectory directory, EntraApplication application)
    {
        (_sso, _tenant, Directory, Application) = (sso, tenant, directory, application);
        Admin = sso.Api.NewClient(tenant.Admin.AccessToken);
    }

    public Guid Id => _tenant.Id;

    public TestTenant Tenant => _tenant;

    public string Path => $"/api/tenants/{Id}/sso";

    public EntraDirectory Directory { get; }

    public EntraApplication Application { get; }

    /// <summary>The tenant's admin, at the API that knows the stand-in.</summary>
    public HttpClient Admin { get; }

    /// <param name="provisioning">Who is let in; whoever the directory vouches for, unless said otherwise.</param>
    public static async Task<SsoTenant> CreateAsync(SsoApi sso, object? provisioning = null, EntraDirectory? directory = null)
    {
        var tenant = await TestTenant.CreateAsync(sso.App);
        directory ??= sso.Entra.AddDirectory();
        var application = sso.Entra.AddApplication(directory, sso.App.Setting("Sso:CallbackAddress"));
        application.EmitsGroups = true;
        var made = new SsoTenant(sso, tenant, directory, application);
        using var configured = await made.Admin.PostAsJsonAsync(
            $"{made.Path}/config",
            made.ConfigurationWith(provisioning ?? new { enabled = true })
        );
        await configured.ReadAsync(HttpStatusCode.Created);
        return made;
    }

    public object ConfigurationWith(object provisioning) =>
        new
        {
            client_id = Application.ClientId,
            client_secret = Application.ClientSecrets[0],
            provider_tenant_id = Directory.Id,
            config_metadata = new { auto_provisioning = provisioning },
            enable = true,
        };

    public EntraUser AddPerson(string? email = null, string name = "Grace Hopper") =>
        _sso.Entra.AddPerson(Directory, email ?? TestUser.NewEmail(), name);

    /// <summary>A browser without a page: it keeps cookies and goes nowhere by itself.</summary>
    public HttpClient NewBrowser()
    {
        var browser = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, CookieContainer = new CookieContainer() })
        {
            BaseAddress = _sso.Api.ClientOptions.BaseAddress,
        };
        browser.DefaultRequestHeaders.UserAgent.ParseAdd("Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0");
        return browser;
    }

    /// <summary>Begins a sign-in, and lets the person choose their account at the provider.</summary>
    /// <returns>Where the provider sends the browser back to, as path and query of the API.</returns>
    public async Task<string> GoToProviderAsync(HttpClient browser, EntraUser person, string? returnUrl = null)
    {
        using var begun = await browser.GetAsync(
            $"/api/auth/sso/azure/login/{Id}{(returnUrl is null ? "" : $"?return_url={Uri.EscapeDataString(returnUrl)}&challenge={Challenge}")}"
        );
        Assert.Equal(HttpStatusCode.Redirect, begun.StatusCode);
        using var answered = await browser.GetAsync(
            QueryHelpers.AddQueryString(begun.Headers.Location!.AbsoluteUri, "account", person.UserPrincipalName)
        );
        Assert.Equal(HttpStatusCode.Redirect, answered.StatusCode);
        return answered.Headers.Location!.PathAndQuery;
    }

    /// <summary>A whole sign-in in a new browser.</summary>
    public async Task<HttpResponseMessage> SignInAsync(EntraUser person, string? returnUrl = null)
    {
        using var browser = NewBrowser();
        return await browser.GetAsync(await GoToProviderAsync(browser, person, returnUrl));
    }

    /// <summary>A sign-in that has to succeed.</summary>
    public async Task<SsoMember> EnterAsync(EntraUser person)
    {
        using var answer = await SignInAsync(person);
        return MemberOf(await answer.ReadAsync(HttpStatusCode.OK));
    }

    /// <summary>A sign-in whose person proves with the password that an existing account is theirs.</summary>
    public async Task<SsoMember> LinkAsync(EntraUser person)
    {
        using var answer = await SignInAsync(person);
        var refusal = await answer.ReadAsync(HttpStatusCode.Forbidden);
        using var client = _sso.Api.NewClient();
        using var linked = await client.PostAsJsonAsync(
            "/api/auth/sso/link",
            new
            {
                link_code = refusal.GetProperty("error").GetProperty("details").GetProperty("link_code")[0].GetString(),
                password = TestUser.Password,
            }
        );
        return MemberOf(await linked.ReadAsync(HttpStatusCode.OK));
    }

    public SsoMember MemberOf(JsonElement signedIn)
    {
        Assert.Equal(
            (Id.ToString(), "sso"),
            (signedIn.GetProperty("tenant_id").GetString(), signedIn.GetProperty("auth_method").GetString())
        );
        var token = signedIn.GetProperty("access_token").GetString()!;
        return new SsoMember(
            signedIn.GetProperty("user").IdOf(),
            signedIn.GetProperty("user").GetProperty("email").GetString()!,
            token,
            signedIn.GetProperty("refresh_token").GetString()!,
            _sso.Api.NewClient(token)
        );
    }

    /// <summary>Proves that a domain is the tenant's own.</summary>
    public async Task VerifyDomainAsync(string domain)
    {
        using var added = await Admin.PostAsJsonAsync($"{Path}/domains", new { domain });
        var record = await added.ReadDataAsync(HttpStatusCode.Created);
        _sso.Names.Publish(record.GetProperty("record_name").GetString()!, record.GetProperty("record_text").GetString()!);
        using var verified = await Admin.PostAsync($"{Path}/domains/{domain}/verify", content: null);
        Assert.True((await verified.ReadDataAsync()).GetProperty("is_verified").GetBoolean());
    }

    /// <summary>Lets an admin sign in through the provider, and makes it the only way in.</summary>
    /// <returns>The admin.</returns>
    public async Task<SsoMember> RequireSsoAsync()
    {
        var group = Guid.CreateVersion7(DateTimeOffset.UnixEpoch);
        var person = AddPerson();
        person.Groups = [group];
        using var mapped = await Admin.PutAsJsonAsync(
            $"{Path}/config/auto-provisioning",
            new { enabled = true, group_role_mapping = new Dictionary<string, string> { [group.ToString()] = "admin" } }
        );
        await mapped.ReadAsync(HttpStatusCode.OK);
        var admin = await EnterAsync(person);
        using var enabled = await Admin.PostAsJsonAsync($"{Path}/config/enable", new { auth_method = "sso" });
        await enabled.ReadAsync(HttpStatusCode.OK);
        return admin;
    }

    public async ValueTask DisposeAsync()
    {
        Admin.Dispose();
        await _tenant.DisposeAsync();
    }
}

/// <summary>Somebody who has signed in through a tenant's provider.</summary>
internal sealed record SsoMember(Guid Id, string Email, string AccessToken, string RefreshToken, HttpClient Http);
