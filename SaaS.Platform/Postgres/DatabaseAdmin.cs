using Npgsql;

namespace SaaS.Platform.Postgres;

/// <summary>
/// Makes and removes databases and their roles. Each step can be repeated after a crash: it looks at what is there
/// and does what is missing. Its connections are opened for one step and closed, never pooled.
/// </summary>
public sealed class DatabaseAdmin
{
    private readonly NpgsqlConnectionStringBuilder _provisioning;

    internal DatabaseAdmin(string provisioning)
    {
        _provisioning = new NpgsqlConnectionStringBuilder(provisioning) { Pooling = false, ApplicationName = "provisioning" };
    }

    /// <summary>A connection as the provisioning role, to the control database unless another one is named.</summary>
    public NpgsqlConnection CreateConnection(string? database = null) =>
        new(new NpgsqlConnectionStringBuilder(_provisioning.ConnectionString) { Database = database ?? _provisioning.Database }.ConnectionString);

    /// <summary>Ensures a role that can sign in with this password, and nothing else.</summary>
    public async Task EnsureRoleAsync(string role, string password, CancellationToken ct)
    {
        var verifier = Sql.Literal(ScramVerifier.Of(password));
        await using var connection = await OpenAsync(ct);

        try
        {
            await connection.RunAsync($"CREATE ROLE {Sql.Name(role)} LOGIN NOCREATEDB NOCREATEROLE PASSWORD {verifier}", ct);
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.DuplicateObject)
        {
            await connection.RunAsync($"ALTER ROLE {Sql.Name(role)} PASSWORD {verifier}", ct);
        }
    }

    /// <summary>
    /// Ensures a database that is a copy of <paramref name="template"/>, belongs to <paramref name="owner"/>, and that
    /// no other role may enter. It takes no connections until PUBLIC, which means every other tenant's role, is shut out.
    /// </summary>
    public async Task EnsureCloneAsync(string database, string template, string owner, CancellationToken ct)
    {
        await using var connection = await OpenAsync(ct);
        if (!await ExistsAsync(connection, database, ct))
        {
            await connection.RunAsync($"CREATE DATABASE {Sql.Name(database)} TEMPLATE {Sql.Name(template)} ALLOW_CONNECTIONS false", ct);
        }

        // Giving a database away, and changing it afterwards, needs membership in the role that receives it.
        await connection.RunAsync($"GRANT {Sql.Name(owner)} TO CURRENT_USER", ct);
        await connection.RunAsync($"REVOKE ALL ON DATABASE {Sql.Name(database)} FROM PUBLIC", ct);
        await connection.RunAsync($"ALTER DATABASE {Sql.Name(database)} OWNER TO {Sql.Name(owner)}", ct);
        await connection.RunAsync($"ALTER DATABASE {Sql.Name(database)} ALLOW_CONNECTIONS true", ct);
    }

    /// <summary>Removes a database, with whoever is connected to it.</summary>
    public async Task DropDatabaseAsync(string database, CancellationToken ct)
    {
        await using var connection = await OpenAsync(ct);
        await connection.RunAsync($"DROP DATABASE IF EXISTS {Sql.Name(database)} WITH (FORCE)", ct);
    }

    /// <summary>Removes a role that owns nothing any more.</summary>
    public async Task DropRoleAsync(string role, CancellationToken ct)
    {
        await using var connection = await OpenAsync(ct);
        await connection.RunAsync($"DROP ROLE IF EXISTS {Sql.Name(role)}", ct);
    }

    public async Task<bool> ExistsAsync(string database, CancellationToken ct)
    {
        await using var connection = await OpenAsync(ct);
        return await ExistsAsync(connection, database, ct);
    }

    private async Task<NpgsqlConnection> OpenAsync(CancellationToken ct)
    {
        var connection = CreateConnection();
        await connection.OpenAsync(ct);
        return connection;
    }

    private static async Task<bool> ExistsAsync(NpgsqlConnection connection, string database, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("SELECT 1 FROM pg_database WHERE datname = $1", connection) { Parameters = { new() { Value = database } } };
        return await command.ExecuteScalarAsync(ct) is not null;
    }
}
