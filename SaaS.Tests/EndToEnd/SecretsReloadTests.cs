using System.Net.Http.Json;
using System.Security.Cryptography;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.IdentityModel.JsonWebTokens;
using Npgsql;
using SaaS.Benchmarks;
using SaaS.Core.Identity.Sessions;
using SaaS.Infrastructure.Settings;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.EndToEnd;

/// <summary>Tests that operators can change secrets in Vault while a host is running.</summary>
public sealed class SecretsReloadTests(OwnCluster cluster) : IClassFixture<OwnCluster>
{
    private const string Jwt = "saas-project/test/jwt";
    private const string Database = "saas-project/test/database";
    private const string Provisioning = "saas-project/test/provisioning";

    [Fact]
    public async Task A_running_host_picks_up_changed_passwords_and_signing_keys()
    {
        await using var vault = await VaultStandIn.StartAsync();
        var control = new NpgsqlConnectionStringBuilder(cluster.Setting("ConnectionStrings:saas-platform"));
        var owner = new NpgsqlConnectionStringBuilder(cluster.Setting("ConnectionStrings:saas-provisioning"));
        vault.PutSecret(Database, ("main_url", control.ConnectionString));
        vault.PutSecret(Provisioning, ("url", owner.ConnectionString));
        vault.PutSecret(Jwt, ("secret_key", RandomNumberGenerator.GetHexString(64)));
        vault.PutSecret("saas-project/test/s3", ("endpoint_url", cluster.Setting("ConnectionStrings:minio")["Endpoint=".Length..]));

        await using var api = cluster.NewApi(SettingsFor(vault));
        api.Start();
        var user = await TestUser.RegisterAsync(api);

        // A second key signs, and the session of the first one stays valid.
        vault.PutSecret(Jwt, ("secret_key", RandomNumberGenerator.GetHexString(64)));
        await Eventually.HoldsAsync(
            async () => KeyOf((await TestUser.LogInAsync(api, user.Email)).AccessToken) != KeyOf(user.AccessToken),
            "the new key does not sign"
        );
        var second = await TestUser.LogInAsync(api, user.Email);

        // The job derives a third key from the secret in Vault without a request to Vault; every process accepts tokens signed with any of
        // the three.
        var asked = vault.Requests.Count(one => one.Method is "POST" && one.Path.StartsWith("secret/", StringComparison.Ordinal));
        await using (var scope = api.Services.CreateAsyncScope())
        {
            await scope.ServiceProvider.GetRequiredService<RotateSigningKey>().RunAsync(TestContext.Current.CancellationToken);
        }

        await using var replica = cluster.NewApi(SettingsFor(vault));
        replica.Start();
        var third = await TestUser.LogInAsync(replica, user.Email);
        Assert.Equal(3, new[] { user, second, third }.Select(one => KeyOf(one.AccessToken)).Distinct().Count());
        TestUser[] users = [user, second, third];
        foreach (var (host, token) in new[] { api, replica }.SelectMany(host => users.Select(one => (host, one.AccessToken))))
        {
            using var http = host.NewClient(token);
            using var believed = await http.GetAsync("/api/users/me");
            Assert.Equal(HttpStatusCode.OK, believed.StatusCode);
        }

        Assert.Equal(asked, vault.Requests.Count(one => one.Method is "POST" && one.Path.StartsWith("secret/", StringComparison.Ordinal)));
        using (var still = await user.Http.GetAsync("/api/users/me"))
        {
            Assert.Equal(HttpStatusCode.OK, still.StatusCode);
        }

        // The roles get other passwords, the old ones are no longer accepted, and every existing connection breaks.
        (control.Password, owner.Password) = (RandomNumberGenerator.GetHexString(20), RandomNumberGenerator.GetHexString(20));
        await cluster.InDatabaseAsync(
            "postgres",
            $"ALTER ROLE {control.Username} PASSWORD '{control.Password}'; ALTER ROLE {owner.Username} PASSWORD '{owner.Password}'"
        );
        vault.PutSecret(Database, ("main_url", control.ConnectionString));
        vault.PutSecret(Provisioning, ("url", owner.ConnectionString));
        await cluster.InDatabaseAsync(
            "postgres",
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename IN ('saas_app', 'saas_provisioner')"
        );

        await Eventually.HoldsAsync(() => OpensAsync(api), "the new passwords do not reach the pools");
        await Eventually.HoldsAsync(
            async () =>
            {
                using var profile = await user.Http.GetAsync("/api/users/me"); // a pool may return more than one broken connection
                return profile.StatusCode is HttpStatusCode.OK;
            },
            "requests are not served"
        );

        // The first secret has leaked: once its version is deleted, tokens signed with it are rejected, and those of the other keys stay
        // valid.
        vault.DeleteSecret(Jwt, version: 1);
        await Eventually.HoldsAsync(
            async () =>
            {
                using var profile = await user.Http.GetAsync("/api/users/me");
                return profile.StatusCode is HttpStatusCode.Unauthorized;
            },
            "a key whose version was deleted is still believed"
        );
        using var others = await second.Http.GetAsync("/api/users/me");
        Assert.Equal(HttpStatusCode.OK, others.StatusCode);
    }

    [Fact]
    public async Task Requests_are_served_while_a_database_password_changes_in_either_order()
    {
        await using var vault = await VaultStandIn.StartAsync();
        var control = new NpgsqlConnectionStringBuilder(cluster.Setting("ConnectionStrings:saas-platform"));
        var owner = new NpgsqlConnectionStringBuilder(cluster.Setting("ConnectionStrings:saas-provisioning"));
        await ChangeInPostgresAsync();
        PutInVault();
        vault.PutSecret(Jwt, ("secret_key", RandomNumberGenerator.GetHexString(64)));
        vault.PutSecret("saas-project/test/s3", ("endpoint_url", cluster.Setting("ConnectionStrings:minio")["Endpoint=".Length..]));
        await cluster.StopProvisionerAsync(); // its password is the configured one
        // Neither host polls during the test.
        await using var provisioner = await cluster.StartProvisionerAsync(SettingsFor(vault, poll: "01:00:00"));
        await using var api = cluster.NewApi(SettingsFor(vault, poll: "01:00:00"));
        api.Start();
        var user = await TestUser.RegisterAsync(api);
        await ServeAsync();

        // In PostgreSQL first.
        await ChangeInPostgresAsync();
        PutInVault();
        await ServeAsync();

        // In Vault first: until PostgreSQL has the new password too, the previous one is still accepted.
        (control.Password, owner.Password) = (RandomNumberGenerator.GetHexString(20), RandomNumberGenerator.GetHexString(20));
        PutInVault();
        await api.Services.GetRequiredService<SecretsRefresh>().RefreshAsync(CancellationToken.None);
        await ServeAsync();
        await SetInPostgresAsync();
        await ServeAsync();

        // In PostgreSQL alone: no request can be served, and the response does not blame the client.
        await ChangeInPostgresAsync();
        api.Services.GetRequiredService<NpgsqlDataSource>().Clear();
        using (var refused = await user.Http.GetAsync("/api/users/me"))
        {
            Assert.NotNull(refused.Headers.RetryAfter);
            Assert.Equal("SERVICE_UNAVAILABLE", await refused.ReadProblemAsync(HttpStatusCode.ServiceUnavailable));
        }

        PutInVault();
        await ServeAsync();

        // The passwords that the other tests use.
        (control.Password, owner.Password) = (PasswordOf("saas-platform"), PasswordOf("saas-provisioning"));
        await SetInPostgresAsync();

        string? PasswordOf(string connection) =>
            new NpgsqlConnectionStringBuilder(cluster.Setting($"ConnectionStrings:{connection}")).Password;

        void PutInVault()
        {
            vault.PutSecret(Database, ("main_url", control.ConnectionString));
            vault.PutSecret(Provisioning, ("url", owner.ConnectionString));
        }

        Task ChangeInPostgresAsync()
        {
            (control.Password, owner.Password) = (RandomNumberGenerator.GetHexString(20), RandomNumberGenerator.GetHexString(20));
            return SetInPostgresAsync();
        }

        Task SetInPostgresAsync() =>
            cluster.InDatabaseAsync(
                "postgres",
                $"ALTER ROLE {control.Username} PASSWORD '{control.Password}'; ALTER ROLE {owner.Username} PASSWORD '{owner.Password}'"
            );

        // Each request needs new connections, as both roles.
        async Task ServeAsync()
        {
            api.Services.GetRequiredService<NpgsqlDataSource>().Clear();
            NpgsqlConnection.ClearAllPools();
            using var profile = await user.Http.GetAsync("/api/users/me");
            using var tenant = await user.Http.PostAsJsonAsync("/api/tenants", new { name = "Served" });
            await profile.ReadAsync(HttpStatusCode.OK);
            await tenant.ReadAsync(HttpStatusCode.Created);
        }
    }

    private static Dictionary<string, string?> SettingsFor(VaultStandIn vault, string poll = "00:00:01") =>
        new()
        {
            ["Secrets:Source"] = "vault",
            ["Secrets:Environment"] = "test",
            ["Secrets:PollInterval"] = poll,
            ["Vault:Address"] = vault.Address.ToString(),
            ["Vault:RoleId"] = VaultStandIn.RoleId,
            ["Vault:SecretId"] = VaultStandIn.SecretId,
            ["ConnectionStrings:saas-platform"] = null,
            ["ConnectionStrings:saas-provisioning"] = null,
            ["ConnectionStrings:minio"] = null,
            ["Jwt:SigningKey"] = null,
        };

    // Opens the control database and the job store: each has a pool of its own.
    private static async Task<bool> OpensAsync(ApiUnderTest api)
    {
        try
        {
            await using var served = await api.Services.GetRequiredService<NpgsqlDataSource>().OpenConnectionAsync();
            await using var jobs = await api.Services.GetRequiredKeyedService<NpgsqlDataSource>("quartz").OpenConnectionAsync();
            await using var asked = new NpgsqlCommand("SELECT 1", served);
            await using var askedOfJobs = new NpgsqlCommand("SELECT 1", jobs);
            return await asked.ExecuteScalarAsync() is 1 && await askedOfJobs.ExecuteScalarAsync() is 1;
        }
        catch (NpgsqlException)
        {
            return false;
        }
    }

    private static string KeyOf(string token) => new JsonWebToken(token).Kid;
}
