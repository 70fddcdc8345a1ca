using Microsoft.EntityFrameworkCore;
using SaaS.Core.Http;
using SaaS.Core.Paging;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy;

namespace SaaS.Core.SchemaMigration;

/// <summary>Where a tenant's schema stands, seen from this build.</summary>
public enum TenantSchemaState
{
    /// <summary>It is this build's: the tenant is served.</summary>
    Current,

    /// <summary>It is older, and nobody is at work.</summary>
    Behind,

    /// <summary>It is older, and being migrated.</summary>
    Migrating,

    /// <summary>It is older, and the last try failed.</summary>
    Failed,

    /// <summary>It is newer: a newer build serves the tenant.</summary>
    Ahead,
}

/// <summary>One tenant's schema.</summary>
/// <param name="TenantId">The tenant's id.</param>
/// <param name="TenantName">The tenant's name.</param>
/// <param name="SchemaVersion">The newest migration that its database has.</param>
/// <param name="AppliedAt">Since when it has it (UTC): since it was migrated, or since it was made.</param>
/// <param name="State">Where that stands.</param>
/// <param name="Error">What PostgreSQL said to the last try to bring it to this build's version.</param>
/// <param name="StartedAt">When that try began (UTC).</param>
/// <param name="EndedAt">When it ended (UTC).</param>
public sealed record TenantMigrationView(
    Guid TenantId, string TenantName, string SchemaVersion, DateTimeOffset AppliedAt, TenantSchemaState State, string? Error, DateTimeOffset? StartedAt, DateTimeOffset? EndedAt);

/// <summary>How many tenants there are in each state, from this build's view.</summary>
/// <param name="Version">The schema version of this build.</param>
/// <param name="Current">Served.</param>
/// <param name="Behind">To be migrated.</param>
/// <param name="Migrating">Being migrated.</param>
/// <param name="Failed">Tried in vain.</param>
/// <param name="Ahead">Served by a newer build.</param>
public sealed record TenantMigrationTotals(string Version, int Current, int Behind, int Migrating, int Failed, int Ahead);

/// <summary>What operators are shown of all tenants' schemas; in the order of their making. Tenants that are still being made are left out.</summary>
internal sealed class ListTenantMigrations(ControlDbContext db)
{
    public async Task<Result<Page<TenantMigrationView>>> ReadPageAsync(PageRequest page, CancellationToken ct)
    {
        var underWay = await ReadUnderWayAsync(ct);
        var outcome = await Query(underWay).SortBy(row => row.CreatedAt, row => row.TenantId).CountedBy(db.Tenants.Where(Tenant.HasDatabase)).ReadAsync(page, row => row, ct);
        return !outcome.TryGetValue(out var found, out var problem) ? problem : found.Select(View);
    }

    /// <param name="only">One tenant alone; null for all of them.</param>
    /// <param name="ct">Stops the reading.</param>
    public async Task<IReadOnlyList<TenantMigrationView>> ReadAllAsync(Guid? only, CancellationToken ct)
    {
        var found = await Query(await ReadUnderWayAsync(ct)).Where(row => only == null || row.TenantId == only).OrderBy(row => row.TenantId).ToListAsync(ct);
        return found.ConvertAll(View);
    }

    public async Task<TenantMigrationTotals> CountAsync(CancellationToken ct)
    {
        var counts = await Query(await ReadUnderWayAsync(ct)).GroupBy(row => row.State).Select(group => new { group.Key, Count = group.Count() }).ToDictionaryAsync(group => group.Key, group => group.Count, ct);
        return new TenantMigrationTotals(
            SchemaVersions.Tenant,
            counts.GetValueOrDefault(TenantSchemaState.Current),
            counts.GetValueOrDefault(TenantSchemaState.Behind),
            counts.GetValueOrDefault(TenantSchemaState.Migrating),
            counts.GetValueOrDefault(TenantSchemaState.Failed),
            counts.GetValueOrDefault(TenantSchemaState.Ahead));
    }

    private Task<List<string>> ReadUnderWayAsync(CancellationToken ct) => MigrationLock.UnderWay(db).ToListAsync(ct);

    private IQueryable<Row> Query(List<string> underWay) =>
        from tenant in db.Tenants.Where(Tenant.HasDatabase)
        from latest in db.TenantMigrations.Where(migration => migration.TenantId == tenant.Id && migration.TargetVersion == SchemaVersions.Tenant).DefaultIfEmpty()
        from applied in db.TenantMigrations.Where(migration => migration.TenantId == tenant.Id && migration.TargetVersion == tenant.SchemaVersion && migration.State == TenantMigrationState.Done).DefaultIfEmpty()
        select new Row
        {
            TenantId = tenant.Id,
            CreatedAt = tenant.CreatedAt,
            TenantName = tenant.Name,
            SchemaVersion = tenant.SchemaVersion,
            AppliedAt = applied!.EndedAt ?? tenant.CreatedAt,
            State = tenant.SchemaVersion == SchemaVersions.Tenant ? TenantSchemaState.Current
                : string.Compare(tenant.SchemaVersion, SchemaVersions.Tenant) > 0 ? TenantSchemaState.Ahead
                : underWay.Contains(tenant.DatabaseName) ? TenantSchemaState.Migrating
                : latest!.State == TenantMigrationState.Failed ? TenantSchemaState.Failed
                : TenantSchemaState.Behind,
            Error = latest!.Error,
            StartedAt = latest!.StartedAt,
            EndedAt = latest!.EndedAt,
        };

    private static TenantMigrationView View(Row row) =>
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
