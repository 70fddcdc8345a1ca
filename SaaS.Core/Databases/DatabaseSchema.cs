using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using SaaS.Platform.Postgres;

namespace SaaS.Core.Databases;

/// <summary>Brings the schema of one database to this build, over a connection of the role that owns its tables.</summary>
internal static class DatabaseSchema
{
    // Statements over a large table take as long as they take; what is bounded is the wait for a lock.
    private static readonly int CommandTimeout = (int)TimeSpan.FromDays(1).TotalSeconds;

    public static async Task MigrateControlAsync(NpgsqlConnection connection, string servingRole, MigrationOptions options, CancellationToken ct)
    {
        await PrepareAsync(connection, options, servingRole, ct);
        await using var db = new ControlDb(Options<ControlDb>(connection));
        await db.Database.MigrateAsync(ct);
    }

    public static async Task MigrateTenantAsync(NpgsqlConnection connection, MigrationOptions options, CancellationToken ct)
    {
        // Whoever owns a database is in the role pg_database_owner while connected to it: a clone's new owner can use
        // the tables at once, although the tables stay ours and he can neither change nor drop them.
        // (Before PostgreSQL 15 the schema belongs to the superuser, and a tenant may make tables of his own beside ours.)
        if (connection.PostgreSqlVersion.Major >= 15)
        {
            await connection.RunAsync("ALTER SCHEMA public OWNER TO CURRENT_USER", ct);
        }

        await PrepareAsync(connection, options, "pg_database_owner", ct);
        await using var db = new TenantDb(Options<TenantDb>(connection));
        await db.Database.MigrateAsync(ct);
    }

    private static DbContextOptions<TContext> Options<TContext>(NpgsqlConnection connection)
        where TContext : DbContext =>
        new DbContextOptionsBuilder<TContext>().UseNpgsql(connection, npgsql => npgsql.CommandTimeout(CommandTimeout)).UseSnakeCaseNamingConvention().Options;

    private static async Task PrepareAsync(NpgsqlConnection connection, MigrationOptions options, string user, CancellationToken ct)
    {
        var patience = options.LockTimeout.TotalMilliseconds.ToString("0", CultureInfo.InvariantCulture);
        await connection.RunAsync($"SET lock_timeout = {patience}", ct);
        await connection.RunAsync("REVOKE ALL ON SCHEMA public FROM PUBLIC", ct);
        await connection.RunAsync($"GRANT USAGE ON SCHEMA public TO {Sql.Name(user)}", ct);
        await connection.RunAsync($"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {Sql.Name(user)}", ct);
        await connection.RunAsync($"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE ON SEQUENCES TO {Sql.Name(user)}", ct);
    }
}
