using System.Net.Http.Json;
using System.Text.Json.Nodes;
using SaaS.Benchmarks;
using SaaS.Infrastructure.Vault;

[assembly: AssemblyFixture(typeof(SaaS.Tests.Fixtures.VaultServer))]

namespace SaaS.Tests.Fixtures;

/// <summary>
/// The Vault at <c>VAULT_ADDR</c>, with the AppRole of <c>VAULT_ROLE_ID</c> and <c>VAULT_SECRET_ID</c> or one created there with
/// <c>VAULT_TOKEN</c>. Without these variables, a stand-in in this process, started on first use.
/// </summary>
public sealed class VaultServer : IAsyncDisposable
{
    private const string Name = "saas-tests";

    // The permissions of the product itself, and no others.
    private const string Policy = $$"""
        path "{{Name}}-transit/keys" { capabilities = ["list"] }
        path "{{Name}}-transit/keys/*" { capabilities = ["create", "read", "update", "delete"] }
        path "{{Name}}-transit/encrypt/*" { capabilities = ["update"] }
        path "{{Name}}-transit/decrypt/*" { capabilities = ["update"] }
        path "{{Name}}-transit/rewrap/*" { capabilities = ["update"] }
        """;

    private readonly Lazy<Task<VaultStandIn>> _own = new(() => VaultStandIn.StartAsync());
    private readonly Lazy<Task<VaultOptions>> _given = new(FromEnvironmentAsync);

    internal async Task<VaultOptions> OptionsAsync() => Variable("VAULT_ADDR") is null ? (await _own.Value).Options : await _given.Value;

    public async ValueTask DisposeAsync()
    {
        if (_own is { IsValueCreated: true, Value: { IsCompletedSuccessfully: true } started })
        {
            await (await started).DisposeAsync();
        }
    }

    private static async Task<VaultOptions> FromEnvironmentAsync()
    {
        var address = new Uri(Variable("VAULT_ADDR")!);
        if ((Variable("VAULT_ROLE_ID"), Variable("VAULT_SECRET_ID")) is ({ } roleId, { } secretId))
        {
            return new VaultOptions
            {
                Address = address,
                RoleId = roleId,
                SecretId = secretId,
                CaFile = Variable("VAULT_CACERT"),
                Namespace = Variable("VAULT_NAMESPACE"),
            };
        }

        using var http = new HttpClient { BaseAddress = new Uri(address, "/v1/") };
        http.DefaultRequestHeaders.Add(
            "X-Vault-Token",
            Variable("VAULT_TOKEN")
                ?? throw new InvalidOperationException("VAULT_ADDR needs VAULT_TOKEN, or VAULT_ROLE_ID and VAULT_SECRET_ID, beside it.")
        );
        // Rejected if an earlier run has already mounted it.
        await TryPostAsync($"sys/mounts/{Name}-transit", new() { ["type"] = "transit" });
        await TryPostAsync($"sys/auth/{Name}-approle", new() { ["type"] = "approle" });
        await PostAsync($"sys/policies/acl/{Name}", new() { ["policy"] = Policy });
        await PostAsync(
            $"auth/{Name}-approle/role/{Name}",
            new()
            {
                ["token_policies"] = new JsonArray(Name),
                ["token_ttl"] = "1h",
                ["token_max_ttl"] = "4h",
            }
        );
        var role = await http.GetFromJsonAsync<JsonObject>($"auth/{Name}-approle/role/{Name}/role-id");
        var secret = await PostAsync($"auth/{Name}-approle/role/{Name}/secret-id", []);
        return new VaultOptions
        {
            Address = address,
            AppRoleMount = $"{Name}-approle",
            TransitMount = $"{Name}-transit",
            RoleId = role!["data"]!["role_id"]!.GetValue<string>(),
            SecretId = secret!["data"]!["secret_id"]!.GetValue<string>(),
        };

        async Task TryPostAsync(string path, JsonObject body)
        {
            using var answer = await http.PostAsJsonAsync(path, body);
        }

        async Task<JsonObject?> PostAsync(string path, JsonObject body)
        {
            using var answer = await http.PostAsJsonAsync(path, body);
            Assert.True(answer.IsSuccessStatusCode, $"{path}: {(int)answer.StatusCode}");
            return answer.StatusCode is HttpStatusCode.NoContent ? null : await answer.Content.ReadFromJsonAsync<JsonObject>();
        }
    }

    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
}
