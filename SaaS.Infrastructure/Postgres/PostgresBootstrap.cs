using Npgsql;

namespace SaaS.Infrastructure.Postgres;

/// <summary>
/// Creates the roles and the control database of the two connection strings. It needs a superuser, whose connection no process that serves
/// requests ever gets.
/// </summary>
public static class PostgresBootstrap
{
    /// <summary>
    /// The server as a superuser; only for <c>migrate</c>. Not set where a hosting provider created the roles and the database.
    /// </summary>
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
        // By default every role may enter the maintenance databases, which a tenant's role must not.
        await connection.RunAsync("REVOKE ALL ON DATABASE postgres FROM PUBLIC", ct);
        await connection.RunAsync($"GRANT CONNECT ON DATABASE postgres TO {Sql.Name(owner.Username!)}", ct);
        await connection.RunAsync("REVOKE ALL ON DATABASE template1 FROM PUBLIC", ct);
        if (connection.PostgreSqlVersion.Major >= 15)
        {
            await connection.RunAsync($"GRANT SET ON PARAMETER temp_file_limit TO {Sql.Name(owner.Username!)}", ct);
        }
    }

    /// <summary>
    /// Revokes from PUBLIC the functions that create large objects in this database, because no limit of a role covers them.
    /// </summary>
    public static async Task RevokeLargeObjectsAsync(string server, string database, CancellationToken ct)
    {
        await using var connection = new NpgsqlConnection(
            new NpgsqlConnectionStringBuilder(server) { Database = database, Pooling = false }.ConnectionString
        );
        await connection.OpenAsync(ct);
        await connection.RunAsync("REVOKE ALL ON FUNCTION lo_creat(integer), lo_create(oid), lo_from_bytea(oid, bytea) FROM PUBLIC", ct);
    }

    private static async Task EnsureRoleAsync(
        NpgsqlConnection connection,
        NpgsqlConnectionStringBuilder role,
        string rights,
        CancellationToken ct
    )
    {
        var name = Sql.Name(role.Username!);
        var privileges =
            $"LOGIN NOSUPERUSER {rights} NOREPLICATION NOBYPASSRLS PASSWORD {Sql.Literal(ScramVerifier.Create(role.Password!))}";

        await using var command = new NpgsqlCommand("SELECT 1 FROM pg_roles WHERE rolname = $1", connection)
        {
            Parameters = { new() { Value = role.Username! } },
        };
        var verb = await command.ExecuteScalarAsync(ct) is null ? "CREATE" : "ALTER";
        await connection.RunAsync($"{verb} ROLE {name} {privileges}", ct);
    }

    private static async Task EnsureDatabaseAsync(NpgsqlConnection connection, NpgsqlConnectionStringBuilder owner, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("SELECT 1 FROM pg_database WHERE datname = $1", connection)
        {
            Parameters = { new() { Value = owner.Database! } },
        };
        if (await command.ExecuteScalarAsync(ct) is null)
        {
            await connection.RunAsync(
                $"CREATE DATABASE {Sql.Name(owner.Database!)} OWNER {Sql.Name(owner.Username!)} TEMPLATE template0 ENCODING 'UTF8'",
                ct
            );
        }
    }
}
