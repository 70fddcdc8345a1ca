using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using SaaS.Core.Access;
using SaaS.Core.Tenancy.Catalog;
using SaaS.Infrastructure.Encryption;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Tenancy;

/// <summary>
/// Tests what PostgreSQL itself denies, independent of our code. Each test connects to the server as the role in question.
/// </summary>
[Trait("PostgreSQL", "18")]
public sealed class DatabaseIsolationTests(SaaSApp app)
{
    [Fact]
    public async Task A_tenant_role_connects_only_to_its_own_database()
    {
        await using var mine = await TestTenant.CreateAsync(app);
        await using var other = await TestTenant.CreateAsync(app);
        var (myDatabase, myRole, myPassword) = await AddressOfAsync(mine.Id);
        var (otherDatabase, _, _) = await AddressOfAsync(other.Id);

        await using (var own = await OpenAsync(myDatabase, myRole, myPassword))
        {
            Assert.Equal(0L, await ScalarAsync(own, "SELECT count(*) FROM documents"));
        }

        foreach (var foreign in new[] { otherDatabase, "saas_platform", "postgres", "template1" })
        {
            var refused = await Assert.ThrowsAsync<PostgresException>(() => OpenAsync(foreign, myRole, myPassword));
            Assert.Equal((foreign, PostgresErrorCodes.InsufficientPrivilege), (foreign, refused.SqlState));
        }
    }

    [Theory]
    [InlineData("CREATE DATABASE loot")]
    [InlineData("CREATE ROLE intruder")]
    [InlineData("CREATE TABLE loot (id int)")]
    [InlineData("DROP TABLE documents")]
    [InlineData("ALTER TABLE documents ADD COLUMN loot int")]
    [InlineData("COPY documents TO '/tmp/loot'")]
    [InlineData("SELECT pg_read_file('/etc/passwd')")]
    [InlineData("CREATE EXTENSION dblink")]
    public async Task A_tenant_role_is_denied_everything_but_its_tables(string statement)
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        var (database, role, password) = await AddressOfAsync(tenant.Id);
        await using var connection = await OpenAsync(database, role, password);

        var refused = await Assert.ThrowsAsync<PostgresException>(() => ScalarAsync(connection, statement));
        Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, refused.SqlState);
    }

    [Theory]
    [InlineData("CREATE DATABASE loot")]
    [InlineData("CREATE ROLE intruder")]
    [InlineData("DROP TABLE users")]
    [InlineData("SELECT pg_read_file('/etc/passwd')")]
    public async Task The_application_role_cannot_create_databases_or_alter_tables(string statement)
    {
        await using var connection = new NpgsqlConnection(app.Setting("ConnectionStrings:saas-platform"));
        await connection.OpenAsync();

        var refused = await Assert.ThrowsAsync<PostgresException>(() => ScalarAsync(connection, statement));
        Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, refused.SqlState);
    }

    [Fact]
    public async Task The_application_role_cannot_connect_to_a_tenant_database()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        var (database, _, _) = await AddressOfAsync(tenant.Id);
        var serving = new NpgsqlConnectionStringBuilder(app.Setting("ConnectionStrings:saas-platform"));

        var refused = await Assert.ThrowsAsync<PostgresException>(() => OpenAsync(database, serving.Username!, serving.Password!));
        Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, refused.SqlState);
    }

    [Fact]
    public async Task Tenant_database_passwords_are_stored_encrypted()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        var (_, _, password) = await AddressOfAsync(tenant.Id);
        var row = await app.InControlAsync(db => db.Tenants.SingleAsync(candidate => candidate.Id == tenant.Id));

        Assert.Matches("^ring:v[2-9][0-9]*:", row.EncryptedDatabasePassword);
        Assert.DoesNotContain(password, row.EncryptedDatabasePassword, StringComparison.Ordinal);
    }

    private async Task<(string Database, string Role, string Password)> AddressOfAsync(Guid tenantId)
    {
        var tenant = await app.InControlAsync(db => db.Tenants.SingleAsync(candidate => candidate.Id == tenantId));
        var password = await app
            .Services.GetRequiredService<Cipher>()
            .DecryptAsync(tenant.EncryptedDatabasePassword, tenantId, TenantDatabase.PasswordPurpose, CancellationToken.None);
        return (tenant.DatabaseName, tenant.DatabaseRole, password);
    }

    private async Task<NpgsqlConnection> OpenAsync(string database, string role, string password)
    {
        var connection = new NpgsqlConnection(
            new NpgsqlConnectionStringBuilder(app.Setting("ConnectionStrings:saas-platform"))
            {
                Database = database,
                Username = role,
                Password = password,
                Pooling = false,
            }.ConnectionString
        );
        await connection.OpenAsync();
        return connection;
    }

    private static async Task<object?> ScalarAsync(NpgsqlConnection connection, string statement)
    {
#pragma warning disable CA2100 // the statements come from the tests themselves
        await using var command = new NpgsqlCommand(statement, connection);
#pragma warning restore CA2100
        return await command.ExecuteScalarAsync();
    }
}
