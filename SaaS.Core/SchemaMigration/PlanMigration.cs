using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql;
using SaaS.Core.Persistence;
using SaaS.Infrastructure.Postgres;

namespace SaaS.Core.SchemaMigration;

/// <summary>The changes that a migration would apply.</summary>
/// <param name="Changes">The SQL script for each kind of database and each current version; empty when nothing is pending.</param>
/// <param name="Behind">The tenants that would be migrated, in order of creation.</param>
public sealed record MigrationPlan(IReadOnlyList<PlannedChange> Changes, IReadOnlyList<TenantBehind> Behind);

/// <summary>The migration of one kind of database from one version to this build's version.</summary>
/// <param name="Database">The kind of database.</param>
/// <param name="From">The current version; null when the database does not exist yet.</param>
/// <param name="To">The version after the migration.</param>
/// <param name="Script">The SQL script.</param>
public sealed record PlannedChange(string Database, string? From, string To, string Script);

/// <summary>A tenant that would be migrated.</summary>
public sealed record TenantBehind(Guid Id, string Name, string SchemaVersion);

/// <summary>
/// Plans a migration without changing anything: it reads in a read-only transaction, and generates the SQL from the migrations of this
/// build.
/// </summary>
internal sealed class PlanMigration(NpgsqlDataSource control)
{
    /// <param name="tenantId">The id of the only tenant to plan for; null for all tenants.</param>
    /// <param name="ct">Cancels the queries.</param>
    /// <returns>Null when the requested tenant does not exist.</returns>
    public async Task<MigrationPlan?> RunAsync(Guid? tenantId, CancellationToken ct)
    {
        var state = await ReadAsync(tenantId, ct);
        if (tenantId is not null && !state.HasTenant)
        {
            return null;
        }

        List<PlannedChange> changes = [];
        using var controlDb = new ControlDbContextFactory().CreateDbContext([]);
        using var tenantDb = new TenantDbContextDesignFactory().CreateDbContext([]);
        if (state.Control != SchemaVersions.Control)
        {
            changes.Add(CreateChange(controlDb, "the control database", state.Control, SchemaVersions.Control));
        }

        if (!state.HasTemplate)
        {
            changes.Add(CreateChange(tenantDb, $"the template {SchemaVersions.Template}", from: null, SchemaVersions.Tenant));
        }

        foreach (var version in state.Behind.GroupBy(tenant => tenant.SchemaVersion))
        {
            changes.Add(CreateChange(tenantDb, $"{version.Count()} tenants", version.Key, SchemaVersions.Tenant));
        }

        return new MigrationPlan(changes, state.Behind);
    }

    private static PlannedChange CreateChange(DbContext db, string database, string? from, string to)
    {
        // A version without a migration in this build is older than its first migration.
        var migrations = db.GetService<IMigrationsAssembly>().Migrations.Keys;
        var start = from is not null && migrations.Contains(from) ? from : Migration.InitialDatabase;
        return new PlannedChange(database, from, to, db.GetService<IMigrator>().GenerateScript(start));
    }

    private async Task<DatabaseState> ReadAsync(Guid? tenantId, CancellationToken ct)
    {
        try
        {
            await using var connection = await control.OpenConnectionAsync(ct);
            await using var reading = await connection.BeginTransactionAsync(ct);
            await connection.RunAsync("SET TRANSACTION READ ONLY", ct);
            var hasTemplate =
                await ScalarAsync(connection, "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", SchemaVersions.Template, ct)
                is true;
            if (
                await ScalarAsync(
                    connection,
                    """SELECT to_regclass('"__EFMigrationsHistory"') IS NOT NULL AND to_regclass('tenants') IS NOT NULL AND $1 = ''""",
                    "",
                    ct
                )
                is not true
            )
            {
                return DatabaseState.Empty with { HasTemplate = hasTemplate };
            }

            // Migrations of a newer build are ignored.
            var version =
                await ScalarAsync(
                    connection,
                    """SELECT max(migration_id) FROM "__EFMigrationsHistory" WHERE migration_id <= $1""",
                    SchemaVersions.Control,
                    ct
                ) as string;
            var hasTenant =
                tenantId is not null
                && await ScalarAsync(connection, "SELECT EXISTS (SELECT FROM tenants WHERE id = $1)", tenantId.Value, ct) is true;
            return new DatabaseState(version, hasTemplate, hasTenant, await ReadBehindAsync(connection, tenantId, ct));
        }
        catch (PostgresException e)
            when (e.SqlState
                    is PostgresErrorCodes.InvalidCatalogName
                        or PostgresErrorCodes.InvalidPassword
                        or PostgresErrorCodes.InvalidAuthorizationSpecification
            )
        {
            return DatabaseState.Empty; // the control database or its role does not exist yet
        }
    }

    private static async Task<List<TenantBehind>> ReadBehindAsync(NpgsqlConnection connection, Guid? tenantId, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(
            "SELECT id, name, schema_version FROM tenants WHERE state IN ('Active', 'Deleted') AND schema_version < $1 AND ($2::uuid IS NULL OR id = $2) ORDER BY id",
            connection
        )
        {
            Parameters =
            {
                new() { Value = SchemaVersions.Tenant },
                new() { Value = tenantId ?? (object)DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Uuid },
            },
        };
        await using var reader = await command.ExecuteReaderAsync(ct);
        List<TenantBehind> behind = [];
        while (await reader.ReadAsync(ct))
        {
            behind.Add(new TenantBehind(reader.GetGuid(0), reader.GetString(1), reader.GetString(2)));
        }

        return behind;
    }

    private static async Task<object?> ScalarAsync(NpgsqlConnection connection, string query, object value, CancellationToken ct)
    {
#pragma warning disable CA2100 // the query is one of the constants above
        await using var command = new NpgsqlCommand(query, connection) { Parameters = { new() { Value = value } } };
#pragma warning restore CA2100
        return await command.ExecuteScalarAsync(ct);
    }

    private sealed record DatabaseState(string? Control, bool HasTemplate, bool HasTenant, List<TenantBehind> Behind)
    {
        public static readonly DatabaseState Empty = new(Control: null, HasTemplate: false, HasTenant: false, []);
    }
}
