using System.Globalization;
using Microsoft.Extensions.Options;
using Npgsql;

namespace SaaS.Infrastructure.Postgres;

/// <summary>
/// Creates and drops databases and their roles; every step can be repeated after a crash. Connections to the control database are pooled
/// for some seconds, because opening one takes half as long as provisioning a tenant; those to a tenant's database are not, because it may
/// be dropped.
/// </summary>
public sealed class DatabaseAdmin
{
    private const int AtOnce = 8;
    private const int KeptSeconds = 10;

    private readonly Func<string> _provisioning;
    private readonly RolePassword _password;
    private readonly PostgresSignIn _signIn;
    private readonly TenantRoleOptions _limits;

    /// <param name="provisioning">Read for each connection, because it may have changed.</param>
    internal DatabaseAdmin(Func<string> provisioning, RolePassword password, PostgresSignIn signIn, IOptions<TenantRoleOptions> limits) =>
        (_provisioning, _password, _signIn, _limits) = (provisioning, password, signIn, limits.Value);

    /// <summary>Connects as the provisioning role, by default to the control database.</summary>
    public async Task<NpgsqlConnection> OpenAsync(CancellationToken ct, string? database = null)
    {
        var provisioning = new NpgsqlConnectionStringBuilder(_provisioning())
        {
            ApplicationName = "provisioning",
            MaxPoolSize = AtOnce,
            ConnectionIdleLifetime = KeptSeconds,
            ConnectionPruningInterval = KeptSeconds,
        };
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

    /// <summary>
    /// Creates or updates a role with this password, without other rights, and applies its limits. The provisioning role becomes a member,
    /// which it needs to make the role the owner of a database.
    /// </summary>
    public async Task EnsureRoleAsync(NpgsqlConnection connection, string role, string password, CancellationToken ct)
    {
        var verifier = Sql.Literal(ScramVerifier.Create(password));
        var grant = $"GRANT {Sql.Name(role)} TO CURRENT_USER; {LimitsOf(role)}";

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
    /// Creates a database as a copy of <paramref name="template"/> that belongs to <paramref name="owner"/> and that no other role may
    /// enter. It accepts no connections until PUBLIC, and so every other tenant's role, is revoked.
    /// </summary>
    public static async Task EnsureCloneAsync(
        NpgsqlConnection connection,
        string database,
        string template,
        string owner,
        CancellationToken ct
    )
    {
        var name = Sql.Name(database);
        if (!await ExistsAsync(connection, database, ct))
        {
            await connection.RunAsync($"CREATE DATABASE {name} TEMPLATE {Sql.Name(template)} ALLOW_CONNECTIONS false", ct);
        }

        await connection.RunAsync(
            $"REVOKE ALL ON DATABASE {name} FROM PUBLIC; ALTER DATABASE {name} OWNER TO {Sql.Name(owner)}; {RightsOf(database, owner)}; ALTER DATABASE {name} ALLOW_CONNECTIONS true",
            ct
        );
    }

    /// <summary>Applies the limits and rights of this build to the role and database of an existing tenant.</summary>
    public Task HardenAsync(NpgsqlConnection connection, string database, string role, CancellationToken ct) =>
        connection.RunAsync($"{LimitsOf(role)}; {RightsOf(database, role)}", ct);

    /// <summary>Lists the tenant databases, with their roles, whose limits or rights differ from those of this build.</summary>
    public async Task<IReadOnlyList<DatabaseAddress>> ListUnhardenedAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(
            """
            SELECT t.database_name, t.database_role
            FROM tenants t JOIN pg_database d ON d.datname = t.database_name JOIN pg_roles r ON r.rolname = t.database_role
            WHERE t.state IN ('Active', 'Deleted')
              AND (r.rolconnlimit <> $1 OR NOT coalesce(r.rolconfig, '{}') @> $2
                   OR EXISTS (SELECT FROM aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) acl WHERE acl.grantee IN (0, r.oid) AND acl.privilege_type <> 'CONNECT'))
            """,
            connection
        )
        {
            Parameters =
            {
                new() { Value = _limits.ConnectionLimit },
                new()
                {
                    Value = new[]
                    {
                        $"statement_timeout={Milliseconds(_limits.StatementTimeout)}",
                        $"idle_in_transaction_session_timeout={Milliseconds(_limits.IdleInTransactionTimeout)}",
                    },
                },
            },
        };
        List<DatabaseAddress> unhardened = [];
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            unhardened.Add(new DatabaseAddress(reader.GetString(0), reader.GetString(1)));
        }

        return unhardened;
    }

    // temp_file_limit needs a superuser: from PostgreSQL 15 on, migrate grants it to the provisioning role, where it has a superuser.
    private string LimitsOf(string role)
    {
        var name = Sql.Name(role);
        var temporary = Sql.Literal(
            $"ALTER ROLE {name} SET temp_file_limit = '{_limits.TempFileLimitMegabytes.ToString(CultureInfo.InvariantCulture)}MB'"
        );
        return $"ALTER ROLE {name} CONNECTION LIMIT {_limits.ConnectionLimit.ToString(CultureInfo.InvariantCulture)}; "
            + $"ALTER ROLE {name} SET statement_timeout = {Milliseconds(_limits.StatementTimeout)}; "
            + $"ALTER ROLE {name} SET idle_in_transaction_session_timeout = {Milliseconds(_limits.IdleInTransactionTimeout)}; "
            + $"DO $limit$ BEGIN EXECUTE {temporary}; EXCEPTION WHEN insufficient_privilege THEN NULL; END $limit$";
    }

    // The owner of a database may create schemas, extensions and temporary tables in it unless that is revoked.
    private static string RightsOf(string database, string owner)
    {
        var name = Sql.Name(database);
        return $"REVOKE CREATE, TEMPORARY ON DATABASE {name} FROM {Sql.Name(owner)}; GRANT ALL ON DATABASE {name} TO CURRENT_USER";
    }

    private static string Milliseconds(TimeSpan time) => ((long)time.TotalMilliseconds).ToString(CultureInfo.InvariantCulture);

    /// <summary>Drops a database and disconnects its clients.</summary>
    public static Task DropDatabaseAsync(NpgsqlConnection connection, string database, CancellationToken ct) =>
        connection.RunAsync($"DROP DATABASE IF EXISTS {Sql.Name(database)} WITH (FORCE)", ct);

    /// <summary>Drops a role that owns nothing any more.</summary>
    public static Task DropRoleAsync(NpgsqlConnection connection, string role, CancellationToken ct) =>
        connection.RunAsync($"DROP ROLE IF EXISTS {Sql.Name(role)}", ct);

    public static async Task<bool> ExistsAsync(NpgsqlConnection connection, string database, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("SELECT 1 FROM pg_database WHERE datname = $1", connection)
        {
            Parameters = { new() { Value = database } },
        };
        return await command.ExecuteScalarAsync(ct) is not null;
    }
}
