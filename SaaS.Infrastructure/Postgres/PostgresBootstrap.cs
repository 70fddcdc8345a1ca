using Npgsql;

namespace SaaS.Infrastructure.Postgres;

/// <summary>
/// Makes true what the two connection strings say: that their roles and the control database exist. Needs a superuser,
/// once; no process that serves requests ever has that connection.
/// </summary>
public static class PostgresBootstrap
{
    /// <summary>The server as a superuser; given to the migration alone. Where a hosting provider made roles and database, it is not set.</summary>
    public const string ServerConnection = "postgres";

    public static async Task RunAsync(string server, string control, string provisioning, CancellationToken ct)
    {
        var app = new NpgsqlConnectionStringBuilder(control);
        var owner = new NpgsqlConnectionStringBuilder(provisioning);

        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(server) { Pooling = false }.ConnectionString);
        await connection.OpenAsync(ct);
        await using var alone = await AdvisoryLock.AcquireAsync(connection, "bootstrap", ct);

        await EnsureRoleAsync(connection, owner, "CREATEDB CREATEROLE", ct);
        await EnsureRoleAsync(connection, app, "NOCREATEDB NOCREATEROLE", ct);
        await EnsureDatabaseAsync(connection, owner, ct);
        await connection.RunAsync($"REVOKE ALL ON DATABASE {Sql.Name(owner.Database!)} FROM PUBLIC", ct);
        await connection.RunAsync($"GRANT CONNECT ON DATABASE {Sql.Name(owner.Database!)} TO {Sql.Name(app.Username!)}", ct);
        // Every role may enter the maintenance databases by default; a tenant's role has no business there.
        await connection.RunAsync("REVOKE ALL ON DATABASE postgres FROM PUBLIC", ct);
        await connection.RunAsync($"GRANT CONNECT ON DATABASE postgres TO {Sql.Name(owner.Username!)}", ct);
        await connection.RunAsync("REVOKE ALL ON DATABASE template1 FROM PUBLIC", ct);
        if (connection.PostgreSqlVersion.Major >= 15)
        {
            await connection.RunAsync($"GRANT SET ON PARAMETER temp_file_limit TO {Sql.Name(owner.Username!)}", ct);
        }
    }

    /// <summary>Takes from everybody the functions that create large objects in this database, which no limit of a role holds for.</summary>
    public static async Task RevokeLargeObjectsAsync(string server, string database, CancellationToken ct)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(server) { Database = database, Pooling = false }.ConnectionString);
        await connection.OpenAsync(ct);
        await connection.RunAsync("REVOKE ALL ON FUNCTION lo_creat(integer), lo_create(oid), lo_from_bytea(oid, bytea) FROM PUBLIC", ct);
    }

    private static async Task EnsureRoleAsync(NpgsqlConnection connection, NpgsqlConnectionStringBuilder role, string rights, CancellationToken ct)
    {
        var name = Sql.Name(role.Username!);
        var privileges = $"LOGIN NOSUPERUSER {rights} NOREPLICATION NOBYPASSRLS PASSWORD {Sql.Literal(ScramVerifier.Of(role.Password!))}";

        await using var command = new NpgsqlCommand("SELECT 1 FROM pg_roles WHERE rolname = $1", connection) { Parameters = { new() { Value = role.Username! } } };
        var verb = await command.ExecuteScalarAsync(ct) is null ? "CREATE" : "ALTER";
        await connection.RunAsync($"{verb} ROLE {name} {privileges}", ct);
    }

    private static async Task EnsureDatabaseAsync(NpgsqlConnection connection, NpgsqlConnectionStringBuilder owner, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("SELECT 1 FROM pg_database WHERE datname = $1", connection) { Parameters = { new() { Value = owner.Database! } } };
        if (await command.ExecuteScalarAsync(ct) is null)
        {
            await connection.RunAsync($"CREATE DATABASE {Sql.Name(owner.Database!)} OWNER {Sql.Name(owner.Username!)} TEMPLATE template0 ENCODING 'UTF8'", ct);
        }
    }
}
