using Microsoft.EntityFrameworkCore;
using SaaS.Core.Access;
using SaaS.Core.Paging;
using SaaS.Core.Persistence;

namespace SaaS.Core.Auditing;

/// <summary>
/// Reads the audit in one order: of the platform from the control database, of a tenant from that and the tenant's own. The tenant's
/// database is held for one query at a time.
/// </summary>
internal sealed class AuditReader(ControlDbContext control, TenantDbFactory databases)
{
    /// <summary>Reads entries after a position, newest first.</summary>
    public async Task<IReadOnlyList<AuditEntry>> ReadAsync(AuditScope scope, AuditFilter filter, AuditPosition? after, int count, CancellationToken ct)
    {
        var shared = await Take(scope.InControl(control), filter, after, count).ToListAsync(ct);
        if (scope.Tenant is not { } tenant)
        {
            return shared;
        }

        await using var db = await databases.OpenAsync(tenant, ct);
        var own = await Take(db.AuditEntries, filter, after, count).ToListAsync(ct);
        return [.. own.Concat(shared).OrderByDescending(entry => entry.OccurredAt).ThenByDescending(entry => entry.Id).Take(count)];
    }

    /// <summary>Finds the entry before a page, without reading the entries that it skips.</summary>
    /// <returns>Null where there are not so many entries.</returns>
    public async Task<AuditPosition?> FindPositionAsync(AuditScope scope, AuditFilter filter, int skipped, CancellationToken ct)
    {
        var positions = await Newest(scope.InControl(control), filter).Take(skipped).Select(entry => new AuditPosition(entry.OccurredAt, entry.Id)).ToListAsync(ct);
        if (scope.Tenant is { } tenant)
        {
            await using var db = await databases.OpenAsync(tenant, ct);
            positions.AddRange(await Newest(db.AuditEntries, filter).Take(skipped).Select(entry => new AuditPosition(entry.OccurredAt, entry.Id)).ToListAsync(ct));
        }

        return positions.OrderByDescending(position => position.OccurredAt).ThenByDescending(position => position.Id).ElementAtOrDefault(skipped - 1);
    }

    /// <summary>Counts entries, up to one more than a total says.</summary>
    public async Task<int> CountAsync(AuditScope scope, AuditFilter filter, CancellationToken ct)
    {
        const int Bound = PageLimits.MaxCounted + 1;
        var count = await Newest(scope.InControl(control), filter).Take(Bound).CountAsync(ct);
        if (scope.Tenant is { } tenant && count < Bound)
        {
            await using var db = await databases.OpenAsync(tenant, ct);
            count += await Newest(db.AuditEntries, filter).Take(Bound - count).CountAsync(ct);
        }

        return count;
    }

    private static IQueryable<AuditEntry> Newest(IQueryable<AuditEntry> entries, AuditFilter filter) =>
        filter.Apply(entries.AsNoTracking()).OrderByDescending(entry => entry.OccurredAt).ThenByDescending(entry => entry.Id);

    private static IQueryable<AuditEntry> Take(IQueryable<AuditEntry> entries, AuditFilter filter, AuditPosition? after, int count)
    {
        var newest = Newest(entries, filter);
        return (after is null ? newest : newest.Where(entry => EF.Functions.LessThan(ValueTuple.Create(entry.OccurredAt, entry.Id), ValueTuple.Create(after.OccurredAt, after.Id)))).Take(count);
    }
}

/// <summary>Whose audit is read.</summary>
/// <param name="Tenant">The tenant that the caller was let into; null for the platform's.</param>
/// <param name="OfTenant">Of the platform's, only what concerns this tenant.</param>
internal sealed record AuditScope(TenantScope? Tenant, Guid? OfTenant)
{
    public static AuditScope Of(TenantScope tenant) => new(tenant, tenant.TenantId);

    public static AuditScope OfPlatform(Guid? onlyTenant) => new(Tenant: null, onlyTenant);

    public IQueryable<AuditEntry> InControl(ControlDbContext db) =>
        OfTenant is { } tenantId ? db.AuditEntries.Where(entry => entry.TenantId == tenantId) : db.AuditEntries;
}

/// <summary>One page of the audit.</summary>
/// <param name="Entries">The entries, newest first.</param>
/// <param name="Pagination">Which page of how many; null where a cursor was given.</param>
/// <param name="NextCursor">Where the next page begins, for `cursor`; null on the last one.</param>
/// <param name="HasMore">Whether there is a next page.</param>
public sealed record AuditList(IReadOnlyList<AuditEntryView> Entries, Pagination? Pagination, string? NextCursor, bool HasMore)
{
    internal static async Task<AuditList> ReadAsync(AuditReader reader, AuditScope scope, AuditFilter filter, PageRequest page, AuditPosition? after, CancellationToken ct)
    {
        var (size, skipped) = (page.Size, after is null ? (page.Number - 1) * page.Size : 0);
        var start = skipped > 0 ? await reader.FindPositionAsync(scope, filter, skipped, ct) : after;
        var found = skipped > 0 && start is null ? [] : await reader.ReadAsync(scope, filter, start, size + 1, ct); // one more tells whether there is a next page
        var hasMore = found.Count > size;
        var shown = found.Take(size).ToList();
        var pagination = after is null ? await PageLimits.CountAsync(page, skipped, found.Count, () => reader.CountAsync(scope, filter, ct)) : null;
        return new AuditList([.. shown.Select(AuditEntryView.Of)], pagination, hasMore ? AuditPosition.Of(shown[^1]).ToCursor(page) : null, hasMore);
    }
}
