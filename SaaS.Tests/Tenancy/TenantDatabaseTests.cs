using System.Net.Http.Json;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using SaaS.Core.Idempotency;
using SaaS.Infrastructure.Postgres;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Tenancy;

/// <summary>Tests the creation of tenants' databases, and the permissions of their roles.</summary>
[Trait("PostgreSQL", "18")]
public sealed class TenantDatabaseTests(OwnCluster cluster) : IClassFixture<OwnCluster>
{
    private const string Password = "a password of the test";

    [Fact]
    public async Task The_API_creates_tenants_without_the_provisioning_connection()
    {
        await using var api = cluster.NewApi(TimeProvider.System);
        api.Start();
        var (_, made) = await CreateAsync(api);

        Assert.Equal("Active", await cluster.ReadAsync("saas_platform", $"SELECT state FROM tenants WHERE id = '{made.Id}'"));
        Assert.Null(api.Services.GetService<DatabaseAdmin>());
        Assert.Null(api.Services.GetRequiredService<IConfiguration>().GetConnectionString(PostgresRegistration.ProvisioningConnection));
    }

    [Fact]
    public async Task Without_a_worker_creation_is_503_and_a_retry_returns_the_tenant()
    {
        await cluster.StopProvisionerAsync();
        await using var api = cluster.NewApi(new Dictionary<string, string?> { ["Tenants:CreationTimeout"] = "00:00:01" });
        api.Start();
        var user = await TestUser.RegisterAsync(api);
        for (var turn = 0; turn < 2; turn++)
        {
            using var refused = await PostAsync();
            Assert.Equal("TENANT_BEING_CREATED", await refused.ReadProblemAsync(HttpStatusCode.ServiceUnavailable));
            Assert.NotNull(refused.Headers.RetryAfter);
        }

        await cluster.StartProvisionerAsync();
        HttpResponseMessage? answer = null;
        await Eventually.HoldsAsync(
            async () => (answer = await PostAsync()).StatusCode is HttpStatusCode.Created,
            "the tenant is not there"
        );
        using var created = answer!;
        var id = (await created.ReadDataAsync(HttpStatusCode.Created)).IdOf();
        Assert.True(created.Headers.Contains(IdempotentRoutes.ReplayedHeader));
        using var documents = await user.Http.GetAsync($"/api/tenants/{id}/documents");
        Assert.Equal(HttpStatusCode.OK, documents.StatusCode);
        using var mine = await user.Http.GetAsync("/api/tenants");
        Assert.Equal(id, Assert.Single((await mine.ReadDataAsync()).EnumerateArray()).IdOf());

        async Task<HttpResponseMessage> PostAsync()
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/api/tenants")
            {
                Content = JsonContent.Create(new { name = "Later" }),
                Headers = { { IdempotentRoutes.Header, "later" } },
            };
            return await user.Http.SendAsync(request);
        }
    }

    [Theory]
    [InlineData("SELECT lo_create(0)")]
    [InlineData("SELECT lo_creat(-1)")]
    [InlineData("SELECT lo_from_bytea(0, 'x')")]
    [InlineData("CREATE TEMPORARY TABLE temporary (id int)")]
    [InlineData("CREATE TABLE permanent (id int)")]
    [InlineData("CREATE SCHEMA another")]
    [InlineData("CREATE EXTENSION citext")]
    [InlineData("SET temp_file_limit = -1")]
    [InlineData("UPDATE audit_entries SET action = ''")]
    public async Task A_tenant_role_is_denied_privileges_it_does_not_need(string statement)
    {
        var role = await SignedInRoleAsync();
        await using var connection = await OpenAsync(role);

        var refused = await Assert.ThrowsAsync<PostgresException>(() => OwnCluster.ExecuteAsync(connection, statement));
        Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, refused.SqlState);
    }

    [Fact]
    public async Task Migrate_applies_the_tenant_role_limits_to_existing_tenants()
    {
        var role = await SignedInRoleAsync();
        await using (var connection = await OpenAsync(role))
        {
            Assert.Equal("60", await ConnectionLimitAsync(role));
            Assert.Equal(
                ("5min", "5min", "1GB"),
                (
                    await ShowAsync(connection, "statement_timeout"),
                    await ShowAsync(connection, "idle_in_transaction_session_timeout"),
                    await ShowAsync(connection, "temp_file_limit")
                )
            );
        }

        // A change of any single limit makes the command apply them all.
        await MigrateAsync(new() { ["TenantRoles:ConnectionLimit"] = "2" });
        Assert.Equal("2", await ConnectionLimitAsync(role));
        await MigrateAsync(new() { ["TenantRoles:ConnectionLimit"] = "2", ["TenantRoles:StatementTimeout"] = "00:00:01" });

        await using var first = await OpenAsync(role);
        await using var second = await OpenAsync(role);
        Assert.Equal(PostgresErrorCodes.TooManyConnections, (await Assert.ThrowsAsync<PostgresException>(() => OpenAsync(role))).SqlState);
        Assert.Equal(
            PostgresErrorCodes.QueryCanceled,
            (await Assert.ThrowsAsync<PostgresException>(() => OwnCluster.ExecuteAsync(first, "SELECT pg_sleep(30)"))).SqlState
        );

        // The state that an earlier build without limits left.
        await cluster.InDatabaseAsync(
            "saas_platform",
            $"ALTER ROLE {role} CONNECTION LIMIT -1; ALTER ROLE {role} RESET ALL; GRANT ALL ON DATABASE {role} TO {role}"
        );
        await cluster.InDatabaseAsync(role, "GRANT EXECUTE ON FUNCTION lo_create(oid) TO PUBLIC");
        await MigrateAsync([]);
        await using var third = await OpenAsync(role);
        Assert.Equal("5min", await ShowAsync(third, "statement_timeout"));
        foreach (var statement in new[] { "CREATE TEMPORARY TABLE temporary (id int)", "SELECT lo_create(0)" })
        {
            Assert.Equal(
                PostgresErrorCodes.InsufficientPrivilege,
                (await Assert.ThrowsAsync<PostgresException>(() => OwnCluster.ExecuteAsync(third, statement))).SqlState
            );
        }
    }

    private async Task MigrateAsync(Dictionary<string, string?> settings)
    {
        await using var migrating = cluster.Start(settings);
        var migrated = await migrating.EndAsync();
        Assert.True(migrated.ExitCode == 0, migrated.Text);
    }

    private Task<string> ConnectionLimitAsync(string role) =>
        cluster.ReadAsync("postgres", $"SELECT rolconnlimit FROM pg_roles WHERE rolname = '{role}'");

    private static async Task<(TestUser User, ClusterTenant Tenant)> CreateAsync(ApiUnderTest api)
    {
        var user = await TestUser.RegisterAsync(api);
        using var created = await user.Http.PostAsJsonAsync("/api/tenants", new { name = "Limited" });
        var tenant = await created.ReadDataAsync(HttpStatusCode.Created);
        return (user, new ClusterTenant(tenant.IdOf(), tenant.GetProperty("database_name").GetString()!));
    }

    // The role has the name of its database. The test sets its password.
    private async Task<string> SignedInRoleAsync()
    {
        await cluster.StartProvisionerAsync();
        await using var api = cluster.NewApi(TimeProvider.System);
        api.Start();
        var (_, tenant) = await CreateAsync(api);
        await cluster.InDatabaseAsync("postgres", $"ALTER ROLE {tenant.Database} PASSWORD '{Password}'");
        return tenant.Database;
    }

    private async Task<NpgsqlConnection> OpenAsync(string role)
    {
        var connection = new NpgsqlConnection(
            new NpgsqlConnectionStringBuilder(cluster.Setting("ConnectionStrings:postgres"))
            {
                Database = role,
                Username = role,
                Password = Password,
                Pooling = false,
            }.ConnectionString
        );
        await connection.OpenAsync();
        return connection;
    }

    private static async Task<string?> ShowAsync(NpgsqlConnection connection, string setting)
    {
        await using var command = new NpgsqlCommand("SELECT current_setting($1)", connection)
        {
            Parameters = { new() { Value = setting } },
        };
        return (string?)await command.ExecuteScalarAsync();
    }
}
