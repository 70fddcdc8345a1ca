using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;
using SaaS.Core.Persistence;
using SaaS.Infrastructure.Postgres;

namespace SaaS.Core.SchemaMigration;

/// <summary>
/// Prepares everything that tenants need: the roles, the control database with its schema, and the template for new tenants. Concurrent
/// runs are serialized here, which is short, and then share the tenants.
/// </summary>
internal sealed partial class MigrateControl(
    IConfiguration configuration,
    DatabaseAdmin admin,
    IOptions<MigrationOptions> options,
    TimeProvider clock,
    ILogger<MigrateControl> logger,
    IHostEnvironment environment
)
{
    /// <returns>True when every database, including those of all tenants, already has this build's version.</returns>
    public async Task<bool> RunAsync(CancellationToken ct)
    {
        var control = configuration.GetConnectionString(PostgresRegistration.ControlConnection)!;
        var server = Server;
        if (server is not null)
        {
            await PostgresBootstrap.RunAsync(
                server,
                control,
                configuration.GetConnectionString(PostgresRegistration.ProvisioningConnection)!,
                ct
            );
        }

        await using var connection = await admin.OpenAsync(ct);
        if (PostgresVersion.IsTooOld(connection.PostgreSqlVersion.Major, environment))
        {
            LogOldServer(connection.PostgreSqlVersion.Major, PostgresVersion.OldestInProduction);
        }

        await using var migrationLock = await AdvisoryLock.AcquireByPollingAsync(connection, MigrationLock.Name, clock, ct);

        if (await IsUpToDateAsync(connection, ct))
        {
            await HardenTenantsAsync(connection, ct);
            LogNothingToDo();
            return true;
        }

        await DatabaseSchema.MigrateControlAsync(connection, new NpgsqlConnectionStringBuilder(control).Username!, options.Value, ct);
        LogControlMigrated();
        await CreateTemplateAsync(connection, ct);
        await HardenTenantsAsync(connection, ct);
        return false;
    }

    // Plain SQL, because building EF's models only to detect that nothing has changed would double the time of every start.
    private static async Task<bool> IsUpToDateAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        await using var existsCommand = new NpgsqlCommand(
            """SELECT to_regclass('"__EFMigrationsHistory"') IS NOT NULL AND to_regclass('tenants') IS NOT NULL""",
            connection
        );
        if (await existsCommand.ExecuteScalarAsync(ct) is not true)
        {
            return false;
        }

        await using var current = new NpgsqlCommand(
            """
            SELECT EXISTS (SELECT FROM "__EFMigrationsHistory" WHERE migration_id = $1)
               AND EXISTS (SELECT FROM pg_database WHERE datname = $2)
               AND NOT EXISTS (SELECT FROM tenants WHERE state IN ('Active', 'Deleted') AND schema_version < $3)
            """,
            connection
        )
        {
            Parameters =
            {
                new() { Value = SchemaVersions.Control },
                new() { Value = SchemaVersions.Template },
                new() { Value = SchemaVersions.Tenant },
            },
        };
        return await current.ExecuteScalarAsync(ct) is true;
    }

    private async Task CreateTemplateAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        if (await DatabaseAdmin.ExistsAsync(connection, SchemaVersions.Template, ct))
        {
            return;
        }

        // Built under another name, so that an incomplete template is never used.
        var unfinished = $"{SchemaVersions.Template}_unfinished";
        await connection.RunAsync($"DROP DATABASE IF EXISTS {unfinished} WITH (FORCE)", ct);
        await connection.RunAsync($"CREATE DATABASE {unfinished} TEMPLATE template0 ENCODING 'UTF8'", ct);
        await connection.RunAsync($"REVOKE ALL ON DATABASE {unfinished} FROM PUBLIC", ct);
        await using (var inside = await admin.OpenAsync(ct, unfinished))
        {
            await DatabaseSchema.MigrateTenantAsync(inside, options.Value, ct);
        }

        if (Server is { } server)
        {
            await PostgresBootstrap.RevokeLargeObjectsAsync(server, unfinished, ct);
        }

        await connection.RunAsync($"ALTER DATABASE {unfinished} ALLOW_CONNECTIONS false", ct);
        await connection.RunAsync($"ALTER DATABASE {unfinished} RENAME TO {SchemaVersions.Template}", ct);
        LogTemplateMade(SchemaVersions.Template);
    }

    private string? Server =>
        configuration.GetConnectionString(PostgresBootstrap.ServerConnection) is { Length: > 0 } server ? server : null;

    // The configured limits may have changed, and tenants of an older build have none.
    private async Task HardenTenantsAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        var tenants = await admin.ListUnhardenedAsync(connection, ct);
        foreach (var (database, role) in tenants)
        {
            if (Server is { } server)
            {
                await PostgresBootstrap.RevokeLargeObjectsAsync(server, database, ct);
            }

            await admin.HardenAsync(connection, database, role, ct);
        }

        if (tenants.Count > 0)
        {
            LogHardened(tenants.Count);
        }
    }

    [LoggerMessage(
        EventId = 1407,
        Level = LogLevel.Warning,
        Message = "PostgreSQL {Version} is too old for production: before {Oldest} the provisioning role can run programs on the database server"
    )]
    private partial void LogOldServer(int version, int oldest);

    [LoggerMessage(
        EventId = 1406,
        Level = LogLevel.Information,
        Message = "Applied the limits of the configuration to the roles of {Tenants} tenants"
    )]
    private partial void LogHardened(int tenants);

    [LoggerMessage(EventId = 1400, Level = LogLevel.Information, Message = "Every database is up to date")]
    private partial void LogNothingToDo();

    [LoggerMessage(EventId = 1401, Level = LogLevel.Information, Message = "The control database is up to date")]
    private partial void LogControlMigrated();

    [LoggerMessage(EventId = 1402, Level = LogLevel.Information, Message = "Created the template {Template} for new tenants")]
    private partial void LogTemplateMade(string template);
}
