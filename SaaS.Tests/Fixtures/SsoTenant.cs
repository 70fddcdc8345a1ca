using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.WebUtilities;
using SaaS.Entra;

namespace SaaS.Tests.Fixtures;

/// <summary>A tenant with a directory of its own for single sign-on.</summary>
internal sealed class SsoTenant : IAsyncDisposable
{
    /// <summary>The PKCE code verifier that a page stores during a sign-in; the example of RFC 7636, appendix B.</summary>
    public const string Verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

    /// <summary>The PKCE code challenge for <see cref="Verifier"/>.</summary>
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

    /// <summary>The tenant's admin, at the API that uses the stand-in.</summary>
    public HttpClient Admin { get; }

    /// <param name="provisioning">The provisioning settings; by default, every user whom the directory authenticates may sign in.</param>
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

    /// <summary>Creates a browser without a page: it stores cookies and follows no redirects.</summary>
    public HttpClient NewBrowser()
    {
        var browser = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, CookieContainer = new CookieContainer() })
        {
            BaseAddress = _sso.Api.ClientOptions.BaseAddress,
        };
        browser.DefaultRequestHeaders.UserAgent.ParseAdd("Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0");
        return browser;
    }

    /// <summary>Starts a sign-in, and selects the user's account at the provider.</summary>
    /// <returns>The redirect target of the provider, as path and query of the API.</returns>
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

    /// <summary>Runs a whole sign-in in a new browser.</summary>
    public async Task<HttpResponseMessage> SignInAsync(EntraUser person, string? returnUrl = null)
    {
        using var browser = NewBrowser();
        return await browser.GetAsync(await GoToProviderAsync(browser, person, returnUrl));
    }

    /// <summary>Runs a sign-in that has to succeed.</summary>
    public async Task<SsoMember> EnterAsync(EntraUser person)
    {
        using var answer = await SignInAsync(person);
        return MemberOf(await answer.ReadAsync(HttpStatusCode.OK));
    }

    /// <summary>Runs a sign-in in which the user links an existing account by entering its password.</summary>
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

    /// <summary>Verifies a domain of the tenant.</summary>
    public async Task VerifyDomainAsync(string domain)
    {
        using var added = await Admin.PostAsJsonAsync($"{Path}/domains", new { domain });
        var record = await added.ReadDataAsync(HttpStatusCode.Created);
        _sso.Names.Publish(record.GetProperty("record_name").GetString()!, record.GetProperty("record_text").GetString()!);
        using var verified = await Admin.PostAsync($"{Path}/domains/{domain}/verify", content: null);
        Assert.True((await verified.ReadDataAsync()).GetProperty("is_verified").GetBoolean());
    }

    /// <summary>Signs an admin in through the provider, and makes single sign-on mandatory.</summary>
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

/// <summary>A user who has signed in through a tenant's provider.</summary>
internal sealed record SsoMember(Guid Id, string Email, string AccessToken, string RefreshToken, HttpClient Http);
