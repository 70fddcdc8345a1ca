using Npgsql;

namespace SaaS.Platform.Postgres;

/// <summary>
/// Makes and removes databases and their roles. Each step can be repeated after a crash: it looks at what is there
/// and does what is missing. Connections to the control database are kept for the next work of this kind for some seconds:
/// opening one takes as long as half of a tenant's making. Those into a tenant's database are closed at once, for it may be dropped.
/// </summary>
public sealed class DatabaseAdmin
{
    private const int AtOnce = 8;
    private const int KeptSeconds = 10;

    private readonly Func<string> _provisioning;
    private readonly RolePassword _password;
    private readonly PostgresSignIn _signIn;

    /// <param name="provisioning">Asked at each connection: it may have changed.</param>
    internal DatabaseAdmin(Func<string> provisioning, RolePassword password, PostgresSignIn signIn) =>
        (_provisioning, _password, _signIn) = (provisioning, password, signIn);

    /// <summary>Connects as the provisioning role, to the control database unless another one is named.</summary>
    public async Task<NpgsqlConnection> OpenAsync(CancellationToken ct, string? database = null)
    {
        var provisioning = new NpgsqlConnectionStringBuilder(_provisioning()) { ApplicationName = "provisioning", MaxPoolSize = AtOnce, ConnectionIdleLifetime = KeptSeconds, ConnectionPruningInterval = KeptSeconds };
        if (database is not null)
        {
            (provisioning.Database, provisioning.Pooling) = (database, false);
        }

        var connection = new NpgsqlConnection();
        try
        {
            await _signIn.RetryAsync(_password, Open, ct);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }

        Task Open()
        {
            if (provisioning.Password is not null)
            {
                provisioning.Password = _password.Current;
            }

            connection.ConnectionString = provisioning.ConnectionString;
            return connection.OpenAsync(ct);
        }
    }

    /// <summary>Ensures a role that can sign in with this password, and nothing else, and of which the provisioning role is a member: giving it a database needs that.</summary>
    public static async Task EnsureRoleAsync(NpgsqlConnection connection, string role, string password, CancellationToken ct)
    {
        var verifier = Sql.Literal(ScramVerifier.Of(password));
        var grant = $"GRANT {Sql.Name(role)} TO CURRENT_USER";

        try
        {
            await connection.RunAsync($"CREATE ROLE {Sql.Name(role)} LOGIN NOCREATEDB NOCREATEROLE PASSWORD {verifier}; {grant}", ct);
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.DuplicateObject)
        {
            await connection.RunAsync($"ALTER ROLE {Sql.Name(role)} PASSWORD {verifier}; {grant}", ct);
        }
    }

    /// <summary>
    /// Ensures a database that is a copy of <paramref name="template"/>, belongs to <paramref name="owner"/>, and that
    /// no other role may enter. It takes no connections until PUBLIC, which means every other tenant's role, is shut out.
    /// </summary>
    public static async Task EnsureCloneAsync(NpgsqlConnection connection, string database, string template, string owner, CancellationToken ct)
    {
        var name = Sql.Name(database);
        if (!await ExistsAsync(connection, database, ct))
        {
            await connection.RunAsync($"CREATE DATABASE {name} TEMPLATE {Sql.Name(template)} ALLOW_CONNECTIONS false", ct);
        }

        await connection.RunAsync($"REVOKE ALL ON DATABASE {name} FROM PUBLIC; ALTER DATABASE {name} OWNER TO {Sql.Name(owner)}; ALTER DATABASE {name} ALLOW_CONNECTIONS true", ct);
    }

    /// <summary>Removes a database, with whoever is connected to it.</summary>
    public static Task DropDatabaseAsync(NpgsqlConnection connection, string database, CancellationToken ct) =>
        connection.RunAsync($"DROP DATABASE IF EXISTS {Sql.Name(database)} WITH (FORCE)", ct);

    /// <summary>Removes a role that owns nothing any more.</summary>
    public static Task DropRoleAsync(NpgsqlConnection connection, string role, CancellationToken ct) =>
        connection.RunAsync($"DROP ROLE IF EXISTS {Sql.Name(role)}", ct);

    public static async Task<bool> ExistsAsync(NpgsqlConnection connection, string database, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("SELECT 1 FROM pg_database WHERE datname = $1", connection) { Parameters = { new() { Value = database } } };
        return await command.ExecuteScalarAsync(ct) is not null;
    }
}
