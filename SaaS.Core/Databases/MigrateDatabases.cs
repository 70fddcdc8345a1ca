using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Npgsql;
using SaaS.Core.Tenants;
using SaaS.Platform.Postgres;

namespace SaaS.Core.Databases;

/// <summary>
/// Brings every database to what this build speaks: the control database, the template for new tenants, then each tenant
/// that is behind. It can be stopped and repeated at any point, and two at once wait for each other.
/// </summary>
internal sealed partial class MigrateDatabases(IConfiguration configuration, DatabaseAdmin admin, TimeProvider clock, ILogger<MigrateDatabases> logger)
{
    private const int SideBySide = 4;

    /// <returns>How many tenants could not be migrated; the others are not held up by them.</returns>
    public async Task<int> RunAsync(CancellationToken ct)
    {
        var control = configuration.GetConnectionString(PostgresEngine.ControlConnection)!;
        if (configuration.GetConnectionString(PostgresBootstrap.ServerConnection) is { Length: > 0 } server)
        {
            await PostgresBootstrap.RunAsync(server, control, configuration.GetConnectionString(PostgresEngine.ProvisioningConnection)!, ct);
        }

        await using var connection = admin.CreateConnection();
        await connection.OpenAsync(ct);
        await using var alone = await AdvisoryLock.AcquireAsync(connection, "migrate", ct);

        if (await IsNothingToDoAsync(connection, ct))
        {
            LogNothingToDo();
            return 0;
        }

        await using var controlDb = await MigrateControlAsync(connection, new NpgsqlConnectionStringBuilder(control).Username!, ct);
        await MakeTemplateAsync(connection, ct);
        return await MigrateTenantsAsync(controlDb, ct);
    }

    // Asked in plain SQL: building EF's models only to learn that nothing has changed would double the time of every start.
    private static async Task<bool> IsNothingToDoAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        await using var made = new NpgsqlCommand("""SELECT to_regclass('"__EFMigrationsHistory"') IS NOT NULL AND to_regclass('tenants') IS NOT NULL""", connection);
        if (await made.ExecuteScalarAsync(ct) is not true)
        {
            return false;
        }

        await using var current = new NpgsqlCommand(
            """
            SELECT EXISTS (SELECT FROM "__EFMigrationsHistory" WHERE migration_id = $1)
               AND EXISTS (SELECT FROM pg_database WHERE datname = $2)
               AND NOT EXISTS (SELECT FROM tenants WHERE state <> 'Provisioning' AND schema_version < $3)
            """, connection)
        {
            Parameters = { new() { Value = SchemaVersions.Control }, new() { Value = SchemaVersions.Template }, new() { Value = SchemaVersions.Tenant } },
        };
        return await current.ExecuteScalarAsync(ct) is true;
    }

    private async Task<ControlDb> MigrateControlAsync(NpgsqlConnection connection, string servingRole, CancellationToken ct)
    {
        await GrantUseAsync(connection, servingRole, ct);
        var db = new ControlDb(new DbContextOptionsBuilder<ControlDb>().UseNpgsql(connection).UseSnakeCaseNamingConvention().Options, clock);
        await db.Database.MigrateAsync(ct);
        LogControlMigrated();
        return db;
    }

    private async Task MakeTemplateAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        if (await admin.ExistsAsync(SchemaVersions.Template, ct))
        {
            return;
        }

        // Under another name until it is whole: a template is complete or not there.
        var unfinished = $"{SchemaVersions.Template}_unfinished";
        await connection.RunAsync($"DROP DATABASE IF EXISTS {unfinished} WITH (FORCE)", ct);
        await connection.RunAsync($"CREATE DATABASE {unfinished} TEMPLATE template0 ENCODING 'UTF8'", ct);
        await connection.RunAsync($"REVOKE ALL ON DATABASE {unfinished} FROM PUBLIC", ct);
        await MigrateTenantSchemaAsync(unfinished, ct);
        await connection.RunAsync($"ALTER DATABASE {unfinished} ALLOW_CONNECTIONS false", ct);
        await connection.RunAsync($"ALTER DATABASE {unfinished} RENAME TO {SchemaVersions.Template}", ct);
        LogTemplateMade(SchemaVersions.Template);
    }

    private async Task<int> MigrateTenantsAsync(ControlDb controlDb, CancellationToken ct)
    {
        var behind = await controlDb.Tenants
            .Where(tenant => tenant.State != TenantState.Provisioning && string.Compare(tenant.SchemaVersion, SchemaVersions.Tenant) < 0)
            .AsNoTracking()
            .ToListAsync(ct);
        var failed = 0;

        await Parallel.ForEachAsync(behind, new ParallelOptions { MaxDegreeOfParallelism = SideBySide, CancellationToken = ct }, async (tenant, token) =>
        {
            try
            {
                await MigrateTenantSchemaAsync(tenant.DatabaseName, token);
                await RecordAsync(tenant.Id, token);
            }
#pragma warning disable CA1031 // whatever is wrong with one tenant, the others are migrated all the same
            catch (Exception e) when (!token.IsCancellationRequested)
#pragma warning restore CA1031
            {
                Interlocked.Increment(ref failed);
                LogTenantFailed(e, tenant.Id);
            }
        });

        LogTenantsMigrated(behind.Count - failed, failed);
        return failed;
    }

    // At once and by itself: a tenant serves again as soon as it is migrated, and a run that is cut off loses nothing.
    private async Task RecordAsync(Guid tenantId, CancellationToken ct)
    {
        await using var connection = admin.CreateConnection();
        await connection.OpenAsync(ct);
        await using var command = new NpgsqlCommand("UPDATE tenants SET schema_version = $1 WHERE id = $2", connection)
        {
            Parameters = { new() { Value = SchemaVersions.Tenant }, new() { Value = tenantId } },
        };
        await command.ExecuteNonQueryAsync(ct);
    }

    private async Task MigrateTenantSchemaAsync(string database, CancellationToken ct)
    {
        await using var connection = admin.CreateConnection(database);
        await connection.OpenAsync(ct);
        // Whoever owns a database is in the role pg_database_owner while connected to it: a clone's new owner can use
        // the tables at once, although the tables stay ours and he can neither change nor drop them.
        // (Before PostgreSQL 15 the schema belongs to the superuser, and a tenant may make tables of his own beside ours.)
        if (connection.PostgreSqlVersion.Major >= 15)
        {
            await connection.RunAsync("ALTER SCHEMA public OWNER TO CURRENT_USER", ct);
        }

        await GrantUseAsync(connection, "pg_database_owner", ct);

        await using var db = new TenantDb(new DbContextOptionsBuilder<TenantDb>().UseNpgsql(connection).UseSnakeCaseNamingConvention().Options);
        await db.Database.MigrateAsync(ct);
    }

    private static async Task GrantUseAsync(NpgsqlConnection connection, string role, CancellationToken ct)
    {
        await connection.RunAsync("REVOKE ALL ON SCHEMA public FROM PUBLIC", ct);
        await connection.RunAsync($"GRANT USAGE ON SCHEMA public TO {Sql.Name(role)}", ct);
        await connection.RunAsync($"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {Sql.Name(role)}", ct);
        await connection.RunAsync($"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE ON SEQUENCES TO {Sql.Name(role)}", ct);
    }

    [LoggerMessage(EventId = 1400, Level = LogLevel.Information, Message = "Every database is up to date")]
    private partial void LogNothingToDo();

    [LoggerMessage(EventId = 1401, Level = LogLevel.Information, Message = "The control database is up to date")]
    private partial void LogControlMigrated();

    [LoggerMessage(EventId = 1402, Level = LogLevel.Information, Message = "Made the template {Template} for new tenants")]
    private partial void LogTemplateMade(string template);

    [LoggerMessage(EventId = 1403, Level = LogLevel.Information, Message = "{Migrated} tenants migrated, {Failed} failed")]
    private partial void LogTenantsMigrated(int migrated, int failed);

    [LoggerMessage(EventId = 1404, Level = LogLevel.Error, Message = "Tenant {TenantId} could not be migrated; it is not served until it is")]
    private partial void LogTenantFailed(Exception exception, Guid tenantId);
}
