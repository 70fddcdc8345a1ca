using Microsoft.EntityFrameworkCore;
using SaaS.Core.Access;
using SaaS.Core.Paging;
using SaaS.Core.Persistence;

namespace SaaS.Core.Auditing;

/// <summary>
/// Reads audit entries of the platform from the control database, and of a tenant from the control database and the tenant's database
/// merged. The tenant's connection is held for one query at a time.
/// </summary>
internal sealed class AuditReader(ControlDbContext control, TenantDbFactory databases)
{
    /// <summary>Reads entries after a position, newest first.</summary>
    public async Task<IReadOnlyList<AuditEntry>> ReadAsync(
        AuditScope scope,
        AuditFilter filter,
        AuditPosition? after,
        int count,
        CancellationToken ct
    )
    {
        var shared = await QueryPage(scope.QueryControl(control), filter, after, count).ToListAsync(ct);
        if (scope.Tenant is not { } tenant)
        {
            return shared;
        }

        await using var db = await databases.OpenAsync(tenant, ct);
        var own = await QueryPage(db.AuditEntries, filter, after, count).ToListAsync(ct);
        return [.. own.Concat(shared).OrderByDescending(entry => entry.OccurredAt).ThenByDescending(entry => entry.Id).Take(count)];
    }

    /// <summary>Finds the position before a page without reading the skipped entries completely.</summary>
    /// <returns>Null if there are fewer entries.</returns>
    public async Task<AuditPosition?> FindPositionAsync(AuditScope scope, AuditFilter filter, int skipped, CancellationToken ct)
    {
        var positions = await QueryNewest(scope.QueryControl(control), filter)
            .Take(skipped)
            .Select(entry => new AuditPosition(entry.OccurredAt, entry.Id))
            .ToListAsync(ct);
        if (scope.Tenant is { } tenant)
        {
            await using var db = await databases.OpenAsync(tenant, ct);
            positions.AddRange(
                await QueryNewest(db.AuditEntries, filter)
                    .Take(skipped)
                    .Select(entry => new AuditPosition(entry.OccurredAt, entry.Id))
                    .ToListAsync(ct)
            );
        }

        return positions
            .OrderByDescending(position => position.OccurredAt)
            .ThenByDescending(position => position.Id)
            .ElementAtOrDefault(skipped - 1);
    }

    /// <summary>Counts entries up to one more than the maximum total.</summary>
    public async Task<int> CountAsync(AuditScope scope, AuditFilter filter, CancellationToken ct)
    {
        const int Bound = PageLimits.MaxCounted + 1;
        var count = await QueryNewest(scope.QueryControl(control), filter).Take(Bound).CountAsync(ct);
        if (scope.Tenant is { } tenant && count < Bound)
        {
            await using var db = await databases.OpenAsync(tenant, ct);
            count += await QueryNewest(db.AuditEntries, filter).Take(Bound - count).CountAsync(ct);
        }

        return count;
    }

    private static IQueryable<AuditEntry> QueryNewest(IQueryable<AuditEntry> entries, AuditFilter filter) =>
        filter.Apply(entries.AsNoTracking()).OrderByDescending(entry => entry.OccurredAt).ThenByDescending(entry => entry.Id);

    private static IQueryable<AuditEntry> QueryPage(IQueryable<AuditEntry> entries, AuditFilter filter, AuditPosition? after, int count)
    {
        var newest = QueryNewest(entries, filter);
        return (
            after is null
                ? newest
                : newest.Where(entry =>
                    EF.Functions.LessThan(ValueTuple.Create(entry.OccurredAt, entry.Id), ValueTuple.Create(after.OccurredAt, after.Id))
                )
        ).Take(count);
    }
}

/// <summary>The tenant or platform whose audit is read.</summary>
/// <param name="Tenant">The authorized tenant; null for the platform's audit.</param>
/// <param name="TenantIdFilter">Limits the entries of the control database to this tenant.</param>
internal sealed record AuditScope(TenantScope? Tenant, Guid? TenantIdFilter)
{
    public static AuditScope ForTenant(TenantScope tenant) => new(tenant, tenant.TenantId);

    public static AuditScope ForPlatform(Guid? onlyTenant) => new(Tenant: null, onlyTenant);

    public IQueryable<AuditEntry> QueryControl(ControlDbContext db) =>
        TenantIdFilter is { } tenantId ? db.AuditEntries.Where(entry => entry.TenantId == tenantId) : db.AuditEntries;
}

/// <summary>A page of audit entries.</summary>
/// <param name="Entries">The entries, newest first.</param>
/// <param name="Pagination">The page number and totals; null if the request has a cursor.</param>
/// <param name="NextCursor">The `cursor` of the next page; null on the last page.</param>
/// <param name="HasMore">True when there is a next page.</param>
public sealed record AuditList(IReadOnlyList<AuditEntryView> Entries, Pagination? Pagination, string? NextCursor, bool HasMore)
{
    internal static async Task<AuditList> ReadAsync(
        AuditReader reader,
        AuditScope scope,
        AuditFilter filter,
        PageRequest page,
        AuditPosition? after,
        CancellationToken ct
    )
    {
        var (size, skipped) = (page.Size, after is null ? (page.Number - 1) * page.Size : 0);
        var start = skipped > 0 ? await reader.FindPositionAsync(scope, filter, skipped, ct) : after;
        // One more to detect a next page.
        var found = skipped > 0 && start is null ? [] : await reader.ReadAsync(scope, filter, start, size + 1, ct);
        var hasMore = found.Count > size;
        var shown = found.Take(size).ToList();
        var pagination = after is null
            ? await PageLimits.CountAsync(page, skipped, found.Count, () => reader.CountAsync(scope, filter, ct))
            : null;
        return new AuditList(
            [.. shown.Select(AuditEntryView.From)],
            pagination,
            hasMore ? AuditPosition.From(shown[^1]).ToCursor(page) : null,
            hasMore
        );
    }
}
