using System.Net.Http.Json;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using SaaS.Core.Access;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Identity.Sessions;
using SaaS.Core.Operations;
using SaaS.Core.Persistence;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Fuzzing;

/// <summary>
/// Two tenants with users of every kind, an operator, a user without a tenant and an anonymous client. Requests change them, so they are
/// created anew at times.
/// </summary>
internal sealed record FuzzedStage(IReadOnlyList<FuzzedCaller> Callers, IReadOnlyList<string> Markers)
{
    /// <summary>Returns the clients with the most permissions for an operation, so that half of all requests pass authorization.</summary>
    public IReadOnlyList<FuzzedCaller> WhoMay(ApiOperation operation)
    {
        var isForOperators = operation
            .Description.GetRawText()
            .Contains(PlatformRoutes.PlatformAdminsOnly.Message, StringComparison.Ordinal);
        return
        [
            .. Callers.Where(currentUser =>
                isForOperators ? currentUser.SeesAll : currentUser.Name.StartsWith("admin", StringComparison.Ordinal)
            ),
        ];
    }

    public static async Task<FuzzedStage> SetAsync(ApiUnderTest api, int number)
    {
        var (left, right, stranger, over) = (
            $"planted-left-{number}-x",
            $"planted-right-{number}-x",
            $"planted-stranger-{number}-x",
            $"planted-operator-{number}-x"
        );
        var (mine, myPeople) = await PlantAsync(api, left);
        var (theirs, theirPeople) = await PlantAsync(api, right);
        var outside = await JoinAsync(api, stranger);
        var operators = await OperatorAsync(api);

        return new FuzzedStage(
            [
                .. myPeople.Select(person => new FuzzedCaller($"{person.Role} on the left", person.AccessToken, left, mine, theirs)),
                .. theirPeople.Select(person => new FuzzedCaller($"{person.Role} on the right", person.AccessToken, right, theirs, mine)),
                new("stranger", outside.AccessToken, stranger, Home: null, Other: mine),
                new("operator", operators.AccessToken, over, Home: mine, Other: theirs, SeesAll: true),
                new("nobody", AccessToken: null, stranger, Home: null, Other: theirs),
            ],
            [left, right, stranger, over]
        );
    }

    private static async Task<(FuzzedTenant Tenant, IReadOnlyList<(string Role, string AccessToken)> People)> PlantAsync(
        ApiUnderTest api,
        string marker
    )
    {
        var admin = await JoinAsync(api, marker);
        using var created = await admin.Http.PostAsJsonAsync("/api/tenants", new { name = marker });
        var id = (await created.ReadDataAsync(HttpStatusCode.Created)).IdOf();
        var path = $"/api/tenants/{id}";
        var members = new List<TestUser>();
        foreach (var role in (TenantRole[])[TenantRole.Viewer, TenantRole.User, TenantRole.User, TenantRole.Admin])
        {
            var member = await JoinAsync(api, marker);
            using var added = await admin.Http.PostAsJsonAsync($"{path}/users", new { user_id = member.Id, role = role.ToJsonName() });
            await added.ReadAsync(HttpStatusCode.Created);
            members.Add(member);
        }

        var documents = new List<string>();
        var files = new List<string>();
        for (var count = 0; count < 4; count++)
        {
            using var form = TestTenant.FormOf(Encoding.UTF8.GetBytes($"{marker} {count}"), $"{marker}-{count}.pdf");
            using var uploaded = await admin.Http.PostAsync($"{path}/documents", form);
            var document = await uploaded.ReadDataAsync(HttpStatusCode.Created);
            documents.Add(document.IdOf().ToString());
            files.Add(document.GetProperty("file_id").GetString()!);
        }

        using var account = await admin.Http.PostAsJsonAsync($"{path}/service-accounts", new { name = marker, role = "admin" });
        var accountId = (await account.ReadDataAsync(HttpStatusCode.Created)).IdOf();
        using var keyed = await admin.Http.PostAsJsonAsync(
            $"{path}/service-accounts/{accountId}/keys",
            new { name = marker, scopes = PlantedKey.AllScopes }
        );
        var key = await keyed.ReadDataAsync(HttpStatusCode.Created);

        var domain = $"{id:N}.example"; // without the marker: error messages repeat addresses
        using var configured = await admin.Http.PostAsJsonAsync(
            $"{path}/sso/config",
            new
            {
                client_id = marker,
                client_secret = marker,
                provider_tenant_id = domain,
                enable = true,
            }
        );
        await configured.ReadAsync(HttpStatusCode.Created);
        using var entered = await admin.Http.PostAsJsonAsync($"{path}/sso/domains", new { domain });
        await entered.ReadAsync(HttpStatusCode.Created);
        using var linked = await admin.Http.GetAsync($"{path}/documents/{documents[0]}/download-url");
        var link = (await linked.ReadDataAsync()).GetProperty("download_url").GetString()!;
        var newcomer = await JoinAsync(api, marker);
        var hurried = await JoinAsync(api, marker);
        await WithAsync(
            api,
            services =>
                services
                    .GetRequiredService<ControlDbContext>()
                    .Users.Where(user => user.Id == hurried.Id)
                    .ExecuteUpdateAsync(set => set.SetProperty(user => user.MustChangePassword, true))
        );

        var values = new Dictionary<string, IReadOnlyList<string>>
        {
            ["tenant_id"] = [id.ToString()],
            ["target_tenant_id"] = [id.ToString()],
            ["member"] = [.. members.Select(member => member.Id.ToString())],
            // A user added by a body is not a member of the other tenant, because a member of both may see both.
            ["user_id"] = [newcomer.Id.ToString()],
            ["email"] = [newcomer.Email],
            ["refresh_token"] = [newcomer.RefreshToken],
            ["token"] = [link.Split("token=")[1]],
            ["document_id"] = documents,
            ["document_ids"] = documents,
            ["file_id"] = files,
            ["domain"] = [domain],
            ["service_account_id"] = [accountId.ToString()],
            ["key_id"] = [key.GetProperty("api_key").IdOf().ToString()],
        };
        return (
            new FuzzedTenant(values),
            [
                ("admin", admin.AccessToken),
                ("viewer", members[0].AccessToken),
                ("user", members[1].AccessToken),
                ("API key", key.GetProperty("key").GetString()!),
                ("somebody with a password of somebody else", (await TestUser.LogInAsync(api, hurried.Email)).AccessToken),
                ("user who came by single sign-on", await WithAsync(api, services => OpenSsoAsync(services, members[2].Id, id))),
            ]
        );
    }

    private static async Task<TestUser> JoinAsync(ApiUnderTest api, string marker)
    {
        var person = await TestUser.RegisterAsync(api);
        using var named = await person.Http.PatchAsJsonAsync("/api/users/me", new { first_name = marker, last_name = "Lovelace" });
        await named.ReadAsync(HttpStatusCode.OK);
        return person;
    }

    private static async Task<TestUser> OperatorAsync(ApiUnderTest api)
    {
        var email = TestUser.NewEmail();
        var outcome = await WithAsync(
            api,
            services =>
                services
                    .GetRequiredService<CreatePlatformAdmin>()
                    .RunAsync(new PlatformAdmin(email, "Grace", "Hopper", TestUser.Password), CancellationToken.None)
        );
        Assert.Equal(PlatformAdminOutcome.Created, outcome);
        return await TestUser.LogInAsync(api, email);
    }

    // Opens the session that a sign-in with the tenant's identity provider would open; the provider has tests of its own.
    private static async Task<string> OpenSsoAsync(IServiceProvider services, Guid userId, Guid tenantId)
    {
        var user = await services.GetRequiredService<ControlDbContext>().Users.SingleAsync(one => one.Id == userId);
        var signedIn = await services
            .GetRequiredService<OpenSession>()
            .RunAsync(
                SignInProof.FromProvider(user, []),
                new ClientDevice("Firefox on Linux", IPAddress.Loopback),
                tenantId,
                "Signed in",
                parent: null,
                CancellationToken.None
            );
        return signedIn.AccessToken;
    }

    private static async Task<T> WithAsync<T>(ApiUnderTest api, Func<IServiceProvider, Task<T>> work)
    {
        await using var scope = api.Services.CreateAsyncScope();
        return await work(scope.ServiceProvider);
    }
}
