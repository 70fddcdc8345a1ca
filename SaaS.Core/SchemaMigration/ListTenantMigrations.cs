using Microsoft.EntityFrameworkCore;
using SaaS.Core.Http;
using SaaS.Core.Paging;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy.Catalog;

namespace SaaS.Core.SchemaMigration;

/// <summary>The state of a tenant's schema, compared with this build's version.</summary>
public enum TenantSchemaState
{
    /// <summary>The schema has this build's version, and the tenant is available.</summary>
    Current,

    /// <summary>The schema is older, and no migration is running.</summary>
    Behind,

    /// <summary>The schema is older, and a migration is running.</summary>
    Migrating,

    /// <summary>The schema is older, and the last migration failed.</summary>
    Failed,

    /// <summary>The schema is newer, and the tenant is available in a newer build.</summary>
    Ahead,
}

/// <summary>The schema of a tenant, and its last migration to this build's version.</summary>
/// <param name="TenantId">The tenant's id.</param>
/// <param name="TenantName">The tenant's name.</param>
/// <param name="SchemaVersion">The newest migration that was applied to its database.</param>
/// <param name="AppliedAt">The time at which that migration was applied (UTC), or at which the tenant was created with it.</param>
/// <param name="State">The state of the schema, compared with this build's version.</param>
/// <param name="Error">The error of the last migration; null unless it failed.</param>
/// <param name="StartedAt">The start of the last migration (UTC); null when there was none.</param>
/// <param name="EndedAt">The end of the last migration (UTC); null while it runs, and when there was none.</param>
public sealed record TenantMigrationView(
    Guid TenantId,
    string TenantName,
    string SchemaVersion,
    DateTimeOffset AppliedAt,
    TenantSchemaState State,
    string? Error,
    DateTimeOffset? StartedAt,
    DateTimeOffset? EndedAt
);

/// <summary>The number of tenants in each schema state, compared with this build's version.</summary>
/// <param name="Version">The schema version of this build.</param>
/// <param name="Current">Tenants with this build's version.</param>
/// <param name="Behind">Tenants with an older version.</param>
/// <param name="Migrating">Tenants that are being migrated.</param>
/// <param name="Failed">Tenants whose last migration failed.</param>
/// <param name="Ahead">Tenants with a newer version.</param>
public sealed record TenantMigrationTotals(string Version, int Current, int Behind, int Migrating, int Failed, int Ahead);

/// <summary>Lists the schemas of all tenants for operators, in order of creation. Tenants that are being provisioned are omitted.</summary>
internal sealed class ListTenantMigrations(ControlDbContext db, MigrationTotalsCache cache)
{
    public async Task<Result<Page<TenantMigrationView>>> ReadPageAsync(PageRequest page, CancellationToken ct)
    {
        var migratingDatabases = await ListMigratingDatabasesAsync(ct);
        var outcome = await Query(migratingDatabases)
            .SortBy(row => row.CreatedAt, row => row.TenantId)
            .WithTotalFrom(db.Tenants.Where(Tenant.HasDatabase))
            .ReadAsync(page, row => row, ct);
        return !outcome.TryGetValue(out var found, out var problem) ? problem : found.Select(ToView);
    }

    /// <param name="tenantId">The id of the only tenant to read; null for all tenants.</param>
    /// <param name="ct">Cancels the query.</param>
    public async Task<IReadOnlyList<TenantMigrationView>> ReadAllAsync(Guid? tenantId, CancellationToken ct)
    {
        var found = await Query(await ListMigratingDatabasesAsync(ct))
            .Where(row => tenantId == null || row.TenantId == tenantId)
            .OrderBy(row => row.TenantId)
            .ToListAsync(ct);
        return found.ConvertAll(ToView);
    }

    /// <summary>Counts the tenants in each state; a count reads every tenant, so it is a few seconds old at times.</summary>
    public Task<TenantMigrationTotals> CountAsync(CancellationToken ct) => cache.GetAsync(() => CountNowAsync(ct));

    private async Task<TenantMigrationTotals> CountNowAsync(CancellationToken ct)
    {
        var versions = await db
            .Tenants.Where(Tenant.HasDatabase)
            .GroupBy(tenant => tenant.SchemaVersion)
            .Select(group => new { group.Key, Count = group.Count() })
            .ToDictionaryAsync(group => group.Key, group => group.Count, ct);
        versions.Remove(SchemaVersions.Tenant, out var current);

        // Usually all tenants are current, and their migrations need not be read.
        var counts = versions.Count is 0
            ? []
            : await Query(await ListMigratingDatabasesAsync(ct))
                .Where(row => row.SchemaVersion != SchemaVersions.Tenant)
                .GroupBy(row => row.State)
                .Select(group => new { group.Key, Count = group.Count() })
                .ToDictionaryAsync(group => group.Key, group => group.Count, ct);
        return new TenantMigrationTotals(
            SchemaVersions.Tenant,
            current,
            counts.GetValueOrDefault(TenantSchemaState.Behind),
            counts.GetValueOrDefault(TenantSchemaState.Migrating),
            counts.GetValueOrDefault(TenantSchemaState.Failed),
            counts.GetValueOrDefault(TenantSchemaState.Ahead)
        );
    }

    private Task<List<string>> ListMigratingDatabasesAsync(CancellationToken ct) => MigrationLock.MigratingDatabases(db).ToListAsync(ct);

    private IQueryable<Row> Query(List<string> migratingDatabases) =>
        from tenant in db.Tenants.Where(Tenant.HasDatabase)
        from latest in db.Set<TenantMigration>()
            .Where(migration => migration.TenantId == tenant.Id && migration.TargetVersion == SchemaVersions.Tenant)
            .DefaultIfEmpty()
        from applied in db.Set<TenantMigration>()
            .Where(migration =>
                migration.TenantId == tenant.Id
                && migration.TargetVersion == tenant.SchemaVersion
                && migration.State == TenantMigrationState.Done
            )
            .DefaultIfEmpty()
        select new Row
        {
            TenantId = tenant.Id,
            CreatedAt = tenant.CreatedAt,
            TenantName = tenant.Name,
            SchemaVersion = tenant.SchemaVersion,
            AppliedAt = applied!.EndedAt ?? tenant.CreatedAt,
            State =
                tenant.SchemaVersion == SchemaVersions.Tenant ? TenantSchemaState.Current
                : string.Compare(tenant.SchemaVersion, SchemaVersions.Tenant) > 0 ? TenantSchemaState.Ahead
                : migratingDatabases.Contains(tenant.DatabaseName) ? TenantSchemaState.Migrating
                : latest!.State == TenantMigrationState.Failed ? TenantSchemaState.Failed
                : TenantSchemaState.Behind,
            Error = latest!.Error,
            StartedAt = latest!.StartedAt,
            EndedAt = latest!.EndedAt,
        };

    private static TenantMigrationView ToView(Row row) =>
        new(row.TenantId, row.TenantName, row.SchemaVersion, row.AppliedAt, row.State, row.Error, row.StartedAt, row.EndedAt);

    private sealed class Row
    {
        public required Guid TenantId { get; init; }
        public required DateTimeOffset CreatedAt { get; init; }
        public required string TenantName { get; init; }
        public required string SchemaVersion { get; init; }
        public required DateTimeOffset AppliedAt { get; init; }
        public required TenantSchemaState State { get; init; }
        public required string? Error { get; init; }
        public required DateTimeOffset? StartedAt { get; init; }
        public required DateTimeOffset? EndedAt { get; init; }
    }
}

/// <summary>The latest totals, which all pages of this process share for a few seconds.</summary>
internal sealed class MigrationTotalsCache(TimeProvider clock)
{
    private static readonly TimeSpan MaxAge = TimeSpan.FromSeconds(5);

    private Entry? _latest;

    public async Task<TenantMigrationTotals> GetAsync(Func<Task<TenantMigrationTotals>> countAsync)
    {
        var now = clock.GetUtcNow();
        if (_latest is { } latest && now >= latest.CountedAt && now - latest.CountedAt < MaxAge)
        {
            return latest.Totals;
        }

        var totals = await countAsync();
        _latest = new Entry(totals, now);
        return totals;
    }

    private sealed record Entry(TenantMigrationTotals Totals, DateTimeOffset CountedAt);
}
