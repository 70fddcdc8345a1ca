using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql;
using SaaS.Core.Persistence;
using SaaS.Infrastructure.Postgres;

namespace SaaS.Core.SchemaMigration;

/// <summary>What a migration would do.</summary>
/// <param name="Changes">The SQL for each kind of database and each version that it is found in; empty when nothing is pending.</param>
/// <param name="Behind">The tenants that would be migrated, in the order of their making.</param>
public sealed record MigrationPlan(IReadOnlyList<PlannedChange> Changes, IReadOnlyList<TenantBehind> Behind);

/// <summary>The SQL that brings one kind of database from one version to this build's.</summary>
/// <param name="Database">Which kind of database.</param>
/// <param name="From">Where it stands; null where it does not exist yet.</param>
/// <param name="To">Where it would stand.</param>
/// <param name="Script">What would be run.</param>
public sealed record PlannedChange(string Database, string? From, string To, string Script);

/// <summary>A tenant that would be migrated.</summary>
public sealed record TenantBehind(Guid Id, string Name, string SchemaVersion);

/// <summary>
/// Says what a migration would do, and does nothing: it reads in a transaction that the server keeps from writing, and
/// makes the SQL from the migrations alone.
/// </summary>
internal sealed class PlanMigration(NpgsqlDataSource control)
{
    /// <param name="only">One tenant alone; null for all of them.</param>
    /// <param name="ct">Stops the reading.</param>
    /// <returns>Null when the one tenant does not exist.</returns>
    public async Task<MigrationPlan?> RunAsync(Guid? only, CancellationToken ct)
    {
        var found = await ReadAsync(only, ct);
        if (only is not null && !found.HasTenant)
        {
            return null;
        }

        List<PlannedChange> changes = [];
        using var controlDb = new ControlDbContextFactory().CreateDbContext([]);
        using var tenantDb = new TenantDbContextDesignFactory().CreateDbContext([]);
        if (found.Control != SchemaVersions.Control)
        {
            changes.Add(Change(controlDb, "the control database", found.Control, SchemaVersions.Control));
        }

        if (!found.HasTemplate)
        {
            changes.Add(Change(tenantDb, $"the template {SchemaVersions.Template}", from: null, SchemaVersions.Tenant));
        }

        foreach (var version in found.Behind.GroupBy(tenant => tenant.SchemaVersion))
        {
            changes.Add(Change(tenantDb, $"{version.Count()} tenants", version.Key, SchemaVersions.Tenant));
        }

        return new MigrationPlan(changes, found.Behind);
    }

    private static PlannedChange Change(DbContext db, string database, string? from, string to)
    {
        // A version that this build has no migration of is one from before its first.
        var known = db.GetService<IMigrationsAssembly>().Migrations.Keys;
        var start = from is not null && known.Contains(from) ? from : Migration.InitialDatabase;
        return new PlannedChange(database, from, to, db.GetService<IMigrator>().GenerateScript(start));
    }

    private async Task<Found> ReadAsync(Guid? only, CancellationToken ct)
    {
        try
        {
            await using var connection = await control.OpenConnectionAsync(ct);
            await using var reading = await connection.BeginTransactionAsync(ct);
            await connection.RunAsync("SET TRANSACTION READ ONLY", ct);
            var hasTemplate = await ScalarAsync(connection, "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", SchemaVersions.Template, ct) is true;
            if (await ScalarAsync(connection, """SELECT to_regclass('"__EFMigrationsHistory"') IS NOT NULL AND to_regclass('tenants') IS NOT NULL AND $1 = ''""", "", ct) is not true)
            {
                return Found.Nothing with { HasTemplate = hasTemplate };
            }

            // Of a newer build's migrations this one knows nothing, and does nothing.
            var version = await ScalarAsync(connection, """SELECT max(migration_id) FROM "__EFMigrationsHistory" WHERE migration_id <= $1""", SchemaVersions.Control, ct) as string;
            var hasTenant = only is not null && await ScalarAsync(connection, "SELECT EXISTS (SELECT FROM tenants WHERE id = $1)", only.Value, ct) is true;
            return new Found(version, hasTemplate, hasTenant, await ReadBehindAsync(connection, only, ct));
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.InvalidCatalogName or PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification)
        {
            return Found.Nothing; // the control database, or the role that would own it, is not made yet
        }
    }

    private static async Task<List<TenantBehind>> ReadBehindAsync(NpgsqlConnection connection, Guid? only, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(
            "SELECT id, name, schema_version FROM tenants WHERE state IN ('Active', 'Deleted') AND schema_version < $1 AND ($2::uuid IS NULL OR id = $2) ORDER BY id", connection)
        {
            Parameters = { new() { Value = SchemaVersions.Tenant }, new() { Value = only ?? (object)DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Uuid } },
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
#pragma warning disable CA2100 // the queries are those above
        await using var command = new NpgsqlCommand(query, connection) { Parameters = { new() { Value = value } } };
#pragma warning restore CA2100
        return await command.ExecuteScalarAsync(ct);
    }

    private sealed record Found(string? Control, bool HasTemplate, bool HasTenant, List<TenantBehind> Behind)
    {
        public static readonly Found Nothing = new(Control: null, HasTemplate: false, HasTenant: false, []);
    }
}
