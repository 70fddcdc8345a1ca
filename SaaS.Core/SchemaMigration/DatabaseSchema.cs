using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using SaaS.Core.Auditing;
using SaaS.Core.Persistence;
using SaaS.Infrastructure.Postgres;

namespace SaaS.Core.SchemaMigration;

/// <summary>Migrates the schema of one database to this build's version, over a connection of the role that owns its tables.</summary>
internal static class DatabaseSchema
{
    // Statements on large tables take long; only the wait for a lock is bounded.
    private static readonly int CommandTimeout = (int)TimeSpan.FromDays(1).TotalSeconds;

    // PostgreSQL makes the owner of a database a member of this role while connected to it.
    private const string DatabaseOwner = "pg_database_owner";

    public static async Task MigrateControlAsync(
        NpgsqlConnection connection,
        string servingRole,
        MigrationOptions options,
        CancellationToken ct
    )
    {
        await PrepareAsync(connection, options, servingRole, ct);
        await using var db = new ControlDbContext(Options<ControlDbContext>(connection));
        await db.Database.MigrateAsync(ct);
        await ProtectAuditAsync(connection, servingRole, ct);
    }

    public static async Task MigrateTenantAsync(NpgsqlConnection connection, MigrationOptions options, CancellationToken ct)
    {
        // The owner of a clone can use the tables as a member of pg_database_owner, but can neither alter nor drop them.
        // Before PostgreSQL 15 the schema belongs to the superuser, and a tenant's role can create tables of its own in it.
        if (connection.PostgreSqlVersion.Major >= 15)
        {
            await connection.RunAsync("ALTER SCHEMA public OWNER TO CURRENT_USER", ct);
        }

        await PrepareAsync(connection, options, DatabaseOwner, ct);
        await using var db = new TenantDbContext(Options<TenantDbContext>(connection));
        await db.Database.MigrateAsync(ct);
        await ProtectAuditAsync(connection, DatabaseOwner, ct);
    }

    /// <summary>Restricts the role that serves requests to INSERT and SELECT on audit entries, so that it cannot change them.</summary>
    private static Task ProtectAuditAsync(NpgsqlConnection connection, string user, CancellationToken ct) =>
        connection.RunAsync(
            $"""
            REVOKE UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER ON {AuditEntry.Mapping.Table} FROM {Sql.Name(user)};
            REVOKE ALL ON FUNCTION {AuditPurge.Signature} FROM PUBLIC;
            GRANT EXECUTE ON FUNCTION {AuditPurge.Signature} TO {Sql.Name(user)}
            """,
            ct
        );

    private static DbContextOptions<TContext> Options<TContext>(NpgsqlConnection connection)
        where TContext : DbContext =>
        new DbContextOptionsBuilder<TContext>()
            .UseNpgsql(connection, npgsql => npgsql.CommandTimeout(CommandTimeout))
            .UseSnakeCaseNamingConvention()
            .Options;

    private static async Task PrepareAsync(NpgsqlConnection connection, MigrationOptions options, string user, CancellationToken ct)
    {
        var lockTimeout = options.LockTimeout.TotalMilliseconds.ToString("0", CultureInfo.InvariantCulture);
        await connection.RunAsync($"SET lock_timeout = {lockTimeout}", ct);
        await connection.RunAsync("REVOKE ALL ON SCHEMA public FROM PUBLIC", ct);
        await connection.RunAsync($"GRANT USAGE ON SCHEMA public TO {Sql.Name(user)}", ct);
        await connection.RunAsync(
            $"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {Sql.Name(user)}",
            ct
        );
        await connection.RunAsync($"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE ON SEQUENCES TO {Sql.Name(user)}", ct);
    }
}
