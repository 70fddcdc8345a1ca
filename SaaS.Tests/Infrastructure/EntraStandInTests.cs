using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;
using SaaS.Entra;
using SaaS.LocalServices;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Infrastructure;

/// <summary>
/// Tests that the stand-in for Entra ID is as strict as the original: no client may pass here only because the stand-in is lenient.
/// </summary>
public sealed class EntraStandInTests : IAsyncLifetime
{
    private const string Callback = "https://product.example/api/auth/sso/azure/callback";
    private const string AllScopes = "openid profile email User.Read offline_access";

    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false });
    private readonly ShiftedClock _clock = new();
    private EntraStandIn _entra = null!;
    private EntraDirectory _contoso = null!;
    private EntraApplication _application = null!;
    private EntraUser _ada = null!;

    public async ValueTask InitializeAsync()
    {
        _entra = await EntraStandIn.StartAsync(clock: _clock);
        _http.BaseAddress = _entra.Address;
        _contoso = _entra.AddDirectory("contoso.onmicrosoft.com");
        _application = _entra.AddApplication(_contoso, Callback);
        _ada = _entra.AddPerson(_contoso, "ada@contoso.com", "Ada Lovelace");
        (_ada.GivenName, _ada.FamilyName, _ada.JobTitle) = ("Ada", "Lovelace", "Analyst");
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _entra.DisposeAsync();
    }

    [Theory]
    [InlineData("id")]
    [InlineData("contoso.onmicrosoft.com")]
    public async Task A_directory_is_found_by_id_or_domain_and_issues_under_its_id(string name)
    {
        var document = await DocumentAsync(name is "id" ? _contoso.Id.ToString() : name);
        Assert.Equal($"{Root}/{_contoso.Id}/v2.0", Text(document, "issuer"));
        Assert.Equal($"{Root}/{_contoso.Id}/oauth2/v2.0/token", Text(document, "token_endpoint"));
        Assert.Equal($"{Root}/{_contoso.Id}/discovery/v2.0/keys", Text(document, "jwks_uri"));
    }

    [Theory]
    [InlineData("common")]
    [InlineData("organizations")]
    public async Task Metadata_of_the_common_endpoint_has_an_issuer_template(string word) =>
        Assert.Equal($"{Root}/{{tenantid}}/v2.0", Text(await DocumentAsync(word), "issuer"));

    [Fact]
    public async Task An_unknown_directory_returns_the_error_code_of_Entra()
    {
        using var answer = await _http.GetAsync("/nobody.example/v2.0/.well-known/openid-configuration");
        await AssertErrorAsync(answer, HttpStatusCode.BadRequest, "invalid_tenant", 90002);
    }

    [Fact]
    public async Task Sign_in_returns_a_code_that_is_exchanged_for_valid_tokens()
    {
        var callback = await SignInAsync();
        Assert.Equal("the-state", callback["state"]);

        var tokens = await RedeemAsync(callback["code"]!);
        Assert.Equal("Bearer", Text(tokens, "token_type"));
        Assert.NotNull(tokens["refresh_token"]);

        var idToken = await ValidateAsync(Text(tokens, "id_token"));
        Assert.Equal(_contoso.Id.ToString(), idToken.GetClaim("tid").Value);
        Assert.Equal(_ada.ObjectId.ToString(), idToken.GetClaim("oid").Value);
        Assert.Equal("ada@contoso.com", idToken.GetClaim("preferred_username").Value);
        Assert.Equal("ada@contoso.com", idToken.GetClaim("email").Value);
        Assert.Equal("the-nonce", idToken.GetClaim("nonce").Value);
        Assert.Equal("2.0", idToken.GetClaim("ver").Value);
        Assert.NotEqual(_ada.ObjectId.ToString(), idToken.Subject);
        Assert.False(idToken.TryGetPayloadValue<JsonNode>("groups", out _));

        var me = await GraphAsync("/v1.0/me", Text(tokens, "access_token"));
        Assert.Equal((_ada.ObjectId.ToString(), "Ada", "Analyst"), (Text(me, "id"), Text(me, "givenName"), Text(me, "jobTitle")));
    }

    [Fact]
    public async Task Each_application_gets_its_own_subject_claim()
    {
        var other = _entra.AddApplication(_contoso, Callback);
        var first = await ValidateAsync(Text(await RedeemAsync((await SignInAsync())["code"]!), "id_token"));
        var second = await ValidateAsync(
            Text(await RedeemAsync((await SignInAsync(application: other))["code"]!, application: other), "id_token"),
            other
        );
        Assert.NotEqual(first.Subject, second.Subject);
    }

    [Fact]
    public async Task The_sign_in_page_lists_everyone_with_the_login_hint_first()
    {
        _entra.AddPerson(_contoso, "charles@contoso.com", "Charles <Babbage>");
        var page = await _http.GetStringAsync(AuthorizeAddress(new() { ["login_hint"] = "charles@contoso.com" }));
        Assert.True(
            page.IndexOf("charles@contoso.com</small>", StringComparison.Ordinal)
                < page.IndexOf("ada@contoso.com</small>", StringComparison.Ordinal)
        );
        Assert.DoesNotContain("<Babbage>", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Choosing_an_account_on_the_page_returns_a_code()
    {
        var query = QueryHelpers
            .ParseQuery(new Uri(_entra.Address, AuthorizeAddress([])).Query)
            .ToDictionary(field => field.Key, field => field.Value.ToString());
        using var answer = await _http.PostAsync(
            $"/{_contoso.Id}/oauth2/v2.0/authorize",
            new FormUrlEncodedContent(new Dictionary<string, string>(query) { ["account"] = "ada@contoso.com" })
        );
        Assert.NotNull(CallbackOf(answer)["code"]);
    }

    [Fact]
    public async Task A_cancelled_sign_in_redirects_back_with_an_error()
    {
        using var answer = await _http.GetAsync(AuthorizeAddress(new() { ["cancel"] = "true" }));
        var callback = CallbackOf(answer);
        Assert.Equal(("access_denied", "the-state"), (callback["error"], callback["state"]));
        Assert.StartsWith("AADSTS65004:", callback["error_description"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("client_id", "00000000-0000-0000-0000-000000000000", "AADSTS700016")]
    [InlineData("redirect_uri", "https://product.example/api/auth/sso/azure/callback/", "AADSTS50011")]
    [InlineData("scope", "profile", "AADSTS70011")]
    [InlineData("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", "AADSTS9002313")]
    [InlineData("response_type", "", "AADSTS900144")]
    [InlineData("response_mode", "fragment", "AADSTS70007")]
    public async Task An_invalid_authorize_request_shows_an_error_without_redirecting(string field, string value, string error)
    {
        _entra.Next = _ada;
        using var answer = await _http.GetAsync(AuthorizeAddress(new() { [field] = value }));
        Assert.Equal((HttpStatusCode.BadRequest, null), (answer.StatusCode, answer.Headers.Location));
        Assert.Contains(error + ":", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_disabled_person_gets_no_code_and_no_tokens()
    {
        var code = (await SignInAsync())["code"]!;
        _ada.IsEnabled = false;
        using var tokens = await AskForTokensAsync(code);
        await AssertErrorAsync(tokens, HttpStatusCode.BadRequest, "invalid_grant", 50057);

        using var page = await _http.GetAsync(AuthorizeAddress(new() { ["account"] = "ada@contoso.com" }));
        Assert.Equal(HttpStatusCode.BadRequest, page.StatusCode);
    }

    [Theory]
    [InlineData("client_secret", "", HttpStatusCode.Unauthorized, "invalid_client", 7000218)]
    [InlineData("client_secret", "another", HttpStatusCode.Unauthorized, "invalid_client", 7000215)]
    [InlineData("redirect_uri", "https://product.example/elsewhere", HttpStatusCode.Unauthorized, "invalid_client", 500112)]
    [InlineData("redirect_uri", "", HttpStatusCode.BadRequest, "invalid_request", 900144)]
    [InlineData("client_id", "00000000-0000-0000-0000-000000000000", HttpStatusCode.BadRequest, "unauthorized_client", 700016)]
    [InlineData("code", "1.invented", HttpStatusCode.BadRequest, "invalid_grant", 9002313)]
    [InlineData("grant_type", "password", HttpStatusCode.BadRequest, "unsupported_grant_type", 70003)]
    public async Task An_invalid_token_request_returns_the_error_of_Entra(
        string field,
        string value,
        HttpStatusCode status,
        string error,
        int code
    )
    {
        using var answer = await AskForTokensAsync((await SignInAsync())["code"]!, new() { [field] = value });
        await AssertErrorAsync(answer, status, error, code);
    }

    [Fact]
    public async Task A_client_secret_in_a_header_is_rejected()
    {
        var form = new Dictionary<string, string>
        {
            ["grant_type"] = "authorization_code",
            ["code"] = (await SignInAsync())["code"]!,
            ["redirect_uri"] = Callback,
        };
        var secret = Convert.ToBase64String(Encoding.ASCII.GetBytes($"{_application.ClientId}:{_application.ClientSecrets[0]}"));
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/{_contoso.Id}/oauth2/v2.0/token")
        {
            Content = new FormUrlEncodedContent(form),
        };
        request.Headers.Authorization = new AuthenticationHeaderValue("Basic", secret);
        using var answer = await _http.SendAsync(request);
        await AssertErrorAsync(answer, HttpStatusCode.Unauthorized, "invalid_client", 7000218);
    }

    [Theory]
    [InlineData("application/x-www-form-urlencoded", "code=%00&client_id=%FF")]
    [InlineData("multipart/form-data; boundary=line", "no line")]
    [InlineData("application/json", "{}")]
    public async Task A_malformed_token_form_is_rejected(string type, string body)
    {
        using var content = new StringContent(body);
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(type);
        using var answer = await _http.PostAsync($"/{_contoso.Id}/oauth2/v2.0/token", content);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.StartsWith(
            "AADSTS",
            Text(await ReadAsync(answer, HttpStatusCode.BadRequest), "error_description"),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task A_code_can_be_redeemed_once()
    {
        var code = (await SignInAsync())["code"]!;
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => AskForTokensAsync(code)));
        Assert.Single(answers, answer => answer.IsSuccessStatusCode);
        await AssertErrorAsync(answers.First(answer => !answer.IsSuccessStatusCode), HttpStatusCode.BadRequest, "invalid_grant", 54005);
        Array.ForEach(answers, answer => answer.Dispose());
    }

    [Fact]
    public async Task A_code_expires()
    {
        var (first, second) = ((await SignInAsync())["code"]!, (await SignInAsync())["code"]!);
        _clock.Ahead = TimeSpan.FromMinutes(9);
        await RedeemAsync(first);
        _clock.Ahead = TimeSpan.FromMinutes(11);
        using var answer = await AskForTokensAsync(second);
        await AssertErrorAsync(answer, HttpStatusCode.BadRequest, "invalid_grant", 70008);
    }

    [Fact]
    public async Task A_code_is_bound_to_the_application_that_requested_it()
    {
        var other = _entra.AddApplication(_contoso, Callback);
        using var answer = await AskForTokensAsync((await SignInAsync())["code"]!, application: other);
        await AssertErrorAsync(answer, HttpStatusCode.BadRequest, "invalid_grant", 70000);
    }

    [Fact]
    public async Task A_code_is_bound_to_the_directory_of_the_sign_in()
    {
        var elsewhere = _entra.AddDirectory();
        elsewhere.Add(_application);
        using var answer = await AskForTokensAsync((await SignInAsync())["code"]!, directory: elsewhere.Id.ToString());
        await AssertErrorAsync(answer, HttpStatusCode.BadRequest, "invalid_grant", 700005);
    }

    [Fact]
    public async Task The_common_endpoint_serves_only_multitenant_applications()
    {
        var code = (await SignInAsync())["code"]!;
        using var refused = await AskForTokensAsync(code, directory: "common");
        await AssertErrorAsync(refused, HttpStatusCode.BadRequest, "invalid_request", 50194);

        _application.IsMultitenant = true;
        using var tokens = await AskForTokensAsync(code, directory: "common");
        await ValidateAsync(Text(await ReadAsync(tokens), "id_token"));
    }

    [Fact]
    public async Task With_PKCE_the_verifier_must_match_the_challenge()
    {
        _application.AllowsPkce = true;
        var challenge = new Dictionary<string, string>
        {
            ["code_challenge"] = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
            ["code_challenge_method"] = "S256",
        };
        using var refused = await AskForTokensAsync(
            (await SignInAsync(challenge))["code"]!,
            new() { ["code_verifier"] = new string('a', 43) }
        );
        await AssertErrorAsync(refused, HttpStatusCode.BadRequest, "invalid_grant", 501481);

        // The pair of RFC 7636, appendix B.
        using var tokens = await AskForTokensAsync(
            (await SignInAsync(challenge))["code"]!,
            new() { ["code_verifier"] = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk" }
        );
        await ReadAsync(tokens);
    }

    [Fact]
    public async Task The_preselected_person_must_belong_to_the_directory()
    {
        _entra.Next = _entra.AddPerson(_entra.AddDirectory(), "eve@fabrikam.com", "Eve");
        using var answer = await _http.GetAsync(AuthorizeAddress([]));
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains("AADSTS50034:", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_error_can_be_sent_to_the_callback()
    {
        _entra.FailNextAuthorization(new EntraError(90033, "temporarily_unavailable", "A transient error has occurred. Please try again."));
        var callback = await SignInAsync();
        Assert.Equal(("temporarily_unavailable", "the-state"), (callback["error"], callback["state"]));
        Assert.NotNull((await SignInAsync())["code"]);
    }

    [Fact]
    public async Task Prompt_none_without_a_session_returns_login_required()
    {
        using var answer = await _http.GetAsync(AuthorizeAddress(new() { ["prompt"] = "none" }));
        Assert.Equal("login_required", CallbackOf(answer)["error"]);
    }

    [Fact]
    public async Task A_refresh_token_returns_new_tokens_until_it_is_revoked()
    {
        var first = Text(await RedeemAsync((await SignInAsync())["code"]!), "refresh_token");
        using var refreshed = await RefreshAsync(first);
        var tokens = await ReadAsync(refreshed);
        Assert.NotEqual(first, Text(tokens, "refresh_token"));
        var idToken = await ValidateAsync(Text(tokens, "id_token"));
        Assert.Equal(_ada.ObjectId.ToString(), idToken.GetClaim("oid").Value);
        Assert.False(idToken.TryGetPayloadValue<string>("nonce", out _));

        using var again = await RefreshAsync(first);
        Assert.Equal(HttpStatusCode.OK, again.StatusCode);

        _entra.RevokeRefreshTokens(_ada);
        using var revoked = await RefreshAsync(first);
        await AssertErrorAsync(revoked, HttpStatusCode.BadRequest, "invalid_grant", 50173);
    }

    [Fact]
    public async Task A_refresh_token_is_valid_for_ninety_days()
    {
        var refresh = Text(await RedeemAsync((await SignInAsync())["code"]!), "refresh_token");
        _application.AccessTokenLifetime = TimeSpan.FromMinutes(5);
        _clock.Ahead = TimeSpan.FromDays(89);
        using var refreshed = await RefreshAsync(refresh);
        Assert.Equal(300, (await ReadAsync(refreshed))["expires_in"]!.GetValue<int>());

        _clock.Ahead = TimeSpan.FromDays(91);
        using var expired = await RefreshAsync(refresh);
        await AssertErrorAsync(expired, HttpStatusCode.BadRequest, "invalid_grant", 700082);
    }

    [Fact]
    public async Task A_refresh_token_can_be_configured_as_single_use()
    {
        _entra.AreRefreshTokensSingleUse = true;
        var first = Text(await RedeemAsync((await SignInAsync())["code"]!), "refresh_token");
        using var refreshed = await RefreshAsync(first);
        Assert.Equal(HttpStatusCode.OK, refreshed.StatusCode);
        using var again = await RefreshAsync(first);
        await AssertErrorAsync(again, HttpStatusCode.BadRequest, "invalid_grant", 50173);
    }

    [Fact]
    public async Task Without_offline_access_there_is_no_refresh_token()
    {
        var tokens = await RedeemAsync((await SignInAsync(new() { ["scope"] = "openid" }))["code"]!);
        Assert.Null(tokens["refresh_token"]);
        var idToken = await ValidateAsync(Text(tokens, "id_token"));
        Assert.DoesNotContain(idToken.Claims, claim => claim.Type is "oid" or "name" or "email");
    }

    [Fact]
    public async Task Groups_over_the_limit_are_served_by_Graph_in_pages()
    {
        (_application.EmitsGroups, _application.GroupLimit) = (true, 3);
        _ada.Groups = [.. Enumerable.Range(1, 3).Select(number => new Guid(number, 0, 0, new byte[8]))];
        var few = await ValidateAsync(Text(await RedeemAsync((await SignInAsync())["code"]!), "id_token"));
        Assert.Equal(
            _ada.Groups.Select(group => group.ToString()),
            few.Claims.Where(claim => claim.Type is "groups").Select(claim => claim.Value)
        );

        _ada.Groups = [.. _ada.Groups, new Guid(4, 0, 0, new byte[8])];
        var tokens = await RedeemAsync((await SignInAsync())["code"]!);
        var many = await ValidateAsync(Text(tokens, "id_token"));
        Assert.DoesNotContain(many.Claims, claim => claim.Type is "groups");
        Assert.Equal("src1", JsonNode.Parse(many.GetClaim("_claim_names").Value)!["groups"]!.GetValue<string>());
        Assert.EndsWith(
            "/getMemberObjects",
            JsonNode.Parse(many.GetClaim("_claim_sources").Value)!["src1"]!["endpoint"]!.GetValue<string>(),
            StringComparison.Ordinal
        );

        var (groups, pages) = (new List<string>(), 0);
        for (var next = "/v1.0/me/transitiveMemberOf/microsoft.graph.group?$select=id&$top=3"; next is not null; pages++)
        {
            var page = await GraphAsync(next, Text(tokens, "access_token"));
            groups.AddRange(page["value"]!.AsArray().Select(group => group!["id"]!.GetValue<string>()));
            next = page["@odata.nextLink"]?.GetValue<string>();
        }

        Assert.Equal(2, pages);
        Assert.Equal(_ada.Groups.Select(group => group.ToString()), groups);
    }

    [Fact]
    public async Task Graph_rejects_a_forged_or_expired_token()
    {
        var token = Text(await RedeemAsync((await SignInAsync())["code"]!), "access_token");
        await GraphAsync("/v1.0/me", token);
        await GraphAsync("/v1.0/me", "invented", HttpStatusCode.Unauthorized);
        _clock.Ahead = TimeSpan.FromMinutes(61);
        var refused = await GraphAsync("/v1.0/me", token, HttpStatusCode.Unauthorized);
        Assert.Equal("InvalidAuthenticationToken", refused["error"]!["code"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_token_of_an_old_key_is_valid_until_the_key_is_withdrawn()
    {
        var before = Text(await RedeemAsync((await SignInAsync())["code"]!), "id_token");
        _entra.RotateKeys();
        await ValidateAsync(before);
        await ValidateAsync(Text(await RedeemAsync((await SignInAsync())["code"]!), "id_token"));

        _entra.WithdrawOldKeys();
        Assert.IsAssignableFrom<SecurityTokenSignatureKeyNotFoundException>((await CheckAsync(before)).Exception);
    }

    [Theory]
    [InlineData(nameof(IdTokenSignature.UnpublishedKey))]
    [InlineData(nameof(IdTokenSignature.UnpublishedKeyUnderGenuineName))]
    [InlineData(nameof(IdTokenSignature.None))]
    [InlineData(nameof(IdTokenSignature.Hs256WithPublicKey))]
    [InlineData(nameof(IdTokenSignature.Hs256WithClientSecret))]
    public async Task A_forged_signature_is_invalid_and_affects_one_token_only(string signature)
    {
        _entra.SignNextIdToken(Enum.Parse<IdTokenSignature>(signature));
        Assert.False((await CheckAsync(Text(await RedeemAsync((await SignInAsync())["code"]!), "id_token"))).IsValid);
        await ValidateAsync(Text(await RedeemAsync((await SignInAsync())["code"]!), "id_token"));
    }

    [Fact]
    public async Task Tampered_claims_are_signed_with_a_valid_signature()
    {
        _entra.TamperIdToken(claims => claims["nonce"] = "another");
        _entra.TamperIdToken(claims => claims["exp"] = 0);
        Assert.Equal(
            "another",
            (await ValidateAsync(Text(await RedeemAsync((await SignInAsync())["code"]!), "id_token"))).GetClaim("nonce").Value
        );
        Assert.IsAssignableFrom<SecurityTokenException>(
            (await CheckAsync(Text(await RedeemAsync((await SignInAsync())["code"]!), "id_token"))).Exception
        );
    }

    [Fact]
    public async Task Injected_faults_occur_in_order_and_then_end()
    {
        var discovery = $"/{_contoso.Id}/v2.0/.well-known/openid-configuration";
        _entra.FailNext(EntraEndpoint.Discovery, EntraFault.Status(503), EntraFault.Html, EntraFault.ClosedConnection);
        using var unavailable = await _http.GetAsync(discovery);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, unavailable.StatusCode);
        using var page = await _http.GetAsync(discovery);
        Assert.Equal("text/html", page.Content.Headers.ContentType?.MediaType);
        await Assert.ThrowsAsync<HttpRequestException>(() => _http.GetAsync(discovery));
        await DocumentAsync(_contoso.Id.ToString());

        var release = new TaskCompletionSource();
        _entra.FailAlways(EntraEndpoint.Keys, EntraFault.HangUntil(release.Task));
        var hanging = _http.GetAsync($"/{_contoso.Id}/discovery/v2.0/keys");
        await DocumentAsync(_contoso.Id.ToString());
        Assert.False(hanging.IsCompleted);
        release.SetResult();
        Assert.True((await hanging).IsSuccessStatusCode);
        _entra.FailAlways(EntraEndpoint.Keys, EntraFault.Status(500));
        Assert.Equal(HttpStatusCode.InternalServerError, (await _http.GetAsync($"/{_contoso.Id}/discovery/v2.0/keys")).StatusCode);
        _entra.Recover();
        Assert.True((await _http.GetAsync($"/{_contoso.Id}/discovery/v2.0/keys")).IsSuccessStatusCode);

        _entra.FailNext(EntraEndpoint.GraphMe, EntraFault.TooManyRequests(TimeSpan.FromSeconds(7)));
        using var throttled = await _http.GetAsync("/v1.0/me");
        Assert.Equal(
            (HttpStatusCode.TooManyRequests, TimeSpan.FromSeconds(7)),
            (throttled.StatusCode, throttled.Headers.RetryAfter?.Delta)
        );
    }

    [Fact]
    public async Task Requests_are_counted_and_the_last_form_is_recorded()
    {
        var code = (await SignInAsync())["code"]!;
        Assert.Null(_entra.Requests.Last(EntraEndpoint.Token));
        await RedeemAsync(code);
        Assert.Equal((1, 1), (_entra.Requests.Count(EntraEndpoint.Authorize), _entra.Requests.Count(EntraEndpoint.Token)));
        Assert.Equal(code, _entra.Requests.Last(EntraEndpoint.Token)!.Form["code"]);
    }

    [Fact]
    public async Task Sign_out_redirects_only_to_a_registered_address()
    {
        using var back = await _http.GetAsync(
            $"/{_contoso.Id}/oauth2/v2.0/logout?post_logout_redirect_uri={Uri.EscapeDataString(Callback)}"
        );
        Assert.Equal(Callback, back.Headers.Location?.OriginalString);
        using var stays = await _http.GetAsync($"/{_contoso.Id}/oauth2/v2.0/logout?post_logout_redirect_uri=https://attacker.example");
        Assert.Equal((HttpStatusCode.OK, null), (stays.StatusCode, stays.Headers.Location));
    }

    [Fact]
    public async Task Several_stand_ins_run_independently()
    {
        await using var other = await EntraStandIn.StartAsync();
        Assert.NotEqual(_entra.Address, other.Address);
        using var answer = await _http.GetAsync(new Uri(other.Address, $"{_contoso.Id}/v2.0/.well-known/openid-configuration"));
        await AssertErrorAsync(answer, HttpStatusCode.BadRequest, "invalid_tenant", 90002);
    }

    [Fact]
    public async Task The_stand_in_process_starts_with_a_usable_directory()
    {
        var port = Ports.FreeOr(0);
        await using var process = HostProcess.Launch(
            HostProject.EntraStandIn,
            port,
            new Dictionary<string, string?>(),
            NullLogger.Instance,
            TimeProvider.System,
            CancellationToken.None
        );
        var address = (await process.WaitUntilReadyAsync(CancellationToken.None)).Address;
        var shown = (await _http.GetFromJsonAsync<JsonObject>($"{address}/stand-in"))!;
        Assert.Equal(address, Text(shown, "authority"));
        var directory = shown["directories"]![0]!.AsObject();
        var application = directory["applications"]![0]!.AsObject();
        var person = directory["people"]![0]!.AsObject();

        const string Local = "http://localhost:1234/api/auth/sso/azure/callback";
        using var elsewhere = await _http.GetAsync(Authorize("http://localhost:1234/elsewhere"));
        Assert.Equal(HttpStatusCode.BadRequest, elsewhere.StatusCode);
        using var answer = await _http.GetAsync(Authorize(Local));
        var code = QueryHelpers.ParseQuery(answer.Headers.Location!.Query)["code"].ToString();
        using var tokens = await _http.PostAsync(
            $"{address}/{Text(directory, "directory_id")}/oauth2/v2.0/token",
            new FormUrlEncodedContent(
                new Dictionary<string, string>
                {
                    ["client_id"] = Text(application, "client_id"),
                    ["client_secret"] = Text(application, "client_secret"),
                    ["grant_type"] = "authorization_code",
                    ["code"] = code,
                    ["redirect_uri"] = Local,
                }
            )
        );
        var idToken = new JsonWebToken(Text(await ReadAsync(tokens), "id_token"));
        Assert.Equal(Text(person, "object_id"), idToken.GetClaim("oid").Value);

        string Authorize(string redirectUri) =>
            QueryHelpers.AddQueryString(
                $"{address}/{Text(directory, "directory_id")}/oauth2/v2.0/authorize",
                new Dictionary<string, string?>
                {
                    ["client_id"] = Text(application, "client_id"),
                    ["response_type"] = "code",
                    ["redirect_uri"] = redirectUri,
                    ["scope"] = "openid profile",
                    ["account"] = Text(person, "user_principal_name"),
                }
            );
    }

    private string Root => _entra.Address.GetLeftPart(UriPartial.Authority);

    private string AuthorizeAddress(Dictionary<string, string> changes, EntraApplication? application = null) =>
        QueryHelpers.AddQueryString(
            $"/{_contoso.Id}/oauth2/v2.0/authorize",
            Changed(
                changes,
                new()
                {
                    ["client_id"] = (application ?? _application).ClientId,
                    ["response_type"] = "code",
                    ["redirect_uri"] = Callback,
                    ["response_mode"] = "query",
                    ["scope"] = AllScopes,
                    ["state"] = "the-state",
                    ["nonce"] = "the-nonce",
                }
            )!
        );

    private async Task<Dictionary<string, string?>> SignInAsync(
        Dictionary<string, string>? changes = null,
        EntraApplication? application = null
    )
    {
        _entra.Next = _ada;
        using var answer = await _http.GetAsync(AuthorizeAddress(changes ?? [], application));
        return CallbackOf(answer);
    }

    private static Dictionary<string, string?> CallbackOf(HttpResponseMessage answer)
    {
        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
        Assert.StartsWith(Callback + "?", answer.Headers.Location!.OriginalString, StringComparison.Ordinal);
        return QueryHelpers.ParseQuery(answer.Headers.Location.Query).ToDictionary(field => field.Key, field => (string?)field.Value);
    }

    private Task<HttpResponseMessage> AskForTokensAsync(
        string code,
        Dictionary<string, string>? changes = null,
        EntraApplication? application = null,
        string? directory = null
    ) =>
        PostAsync(
            changes ?? [],
            application ?? _application,
            directory,
            new()
            {
                ["grant_type"] = "authorization_code",
                ["code"] = code,
                ["redirect_uri"] = Callback,
            }
        );

    private Task<HttpResponseMessage> RefreshAsync(string token) =>
        PostAsync([], _application, directory: null, new() { ["grant_type"] = "refresh_token", ["refresh_token"] = token });

    private Task<HttpResponseMessage> PostAsync(
        Dictionary<string, string> changes,
        EntraApplication application,
        string? directory,
        Dictionary<string, string> form
    ) =>
        _http.PostAsync(
            $"/{directory ?? _contoso.Id.ToString()}/oauth2/v2.0/token",
            new FormUrlEncodedContent(
                Changed(changes, new(form) { ["client_id"] = application.ClientId, ["client_secret"] = application.ClientSecrets[0] })
            )
        );

    private async Task<JsonObject> RedeemAsync(string code, EntraApplication? application = null)
    {
        using var answer = await AskForTokensAsync(code, application: application);
        return await ReadAsync(answer);
    }

    private async Task<JsonObject> DocumentAsync(string directory)
    {
        using var answer = await _http.GetAsync($"/{directory}/v2.0/.well-known/openid-configuration");
        return await ReadAsync(answer);
    }

    private async Task<JsonObject> GraphAsync(string address, string token, HttpStatusCode expected = HttpStatusCode.OK)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address)
        {
            Headers = { Authorization = new AuthenticationHeaderValue("Bearer", token) },
        };
        using var answer = await _http.SendAsync(request);
        return await ReadAsync(answer, expected);
    }

    // Validates with Microsoft's own client library, given only the address: it reads the document and the keys by itself.
    private async Task<TokenValidationResult> CheckAsync(string idToken, EntraApplication? application = null)
    {
        var address = $"{Root}/{_contoso.Id}/v2.0/.well-known/openid-configuration";
        var configuration = await OpenIdConnectConfigurationRetriever.GetAsync(
            address,
            new HttpDocumentRetriever(_http) { RequireHttps = false },
            CancellationToken.None
        );
        return await new JsonWebTokenHandler().ValidateTokenAsync(
            idToken,
            new TokenValidationParameters
            {
                ValidIssuer = configuration.Issuer,
                ValidAudience = (application ?? _application).ClientId,
                IssuerSigningKeys = configuration.SigningKeys,
            }
        );
    }

    private async Task<JsonWebToken> ValidateAsync(string idToken, EntraApplication? application = null)
    {
        var result = await CheckAsync(idToken, application);
        Assert.True(result.IsValid, result.Exception?.Message);
        return (JsonWebToken)result.SecurityToken;
    }

    private static async Task AssertErrorAsync(HttpResponseMessage answer, HttpStatusCode status, string error, int code)
    {
        var body = await ReadAsync(answer, status);
        Assert.Equal(error, Text(body, "error"));
        Assert.StartsWith($"AADSTS{code}:", Text(body, "error_description"), StringComparison.Ordinal);
        Assert.Equal([code], body["error_codes"]!.AsArray().Select(number => number!.GetValue<int>()));
        Assert.All(["timestamp", "trace_id", "correlation_id", "error_uri"], member => Assert.NotEmpty(Text(body, member)));
    }

    private static async Task<JsonObject> ReadAsync(HttpResponseMessage answer, HttpStatusCode expected = HttpStatusCode.OK)
    {
        Assert.True(expected == answer.StatusCode, $"{answer.StatusCode}: {await answer.Content.ReadAsStringAsync()}");
        return (await answer.Content.ReadFromJsonAsync<JsonObject>())!;
    }

    // An empty value removes the field.
    private static Dictionary<string, string> Changed(Dictionary<string, string> changes, Dictionary<string, string> fields)
    {
        foreach (var (name, value) in changes)
        {
            fields[name] = value;
        }

        return fields.Where(field => field.Value is not "").ToDictionary();
    }

    private static string Text(JsonObject body, string member) => body[member]!.GetValue<string>();
}
