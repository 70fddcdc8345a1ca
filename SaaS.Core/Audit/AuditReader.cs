using Microsoft.EntityFrameworkCore;
using SaaS.Core.Access;
using SaaS.Core.Databases;
using SaaS.Platform.Http;

namespace SaaS.Core.Audit;

/// <summary>
/// Reads the audit in one order: of the platform from the control database, of a tenant from that and the tenant's own. The tenant's
/// database is held for one query at a time.
/// </summary>
internal sealed class AuditReader(ControlDb control, TenantDbFactory databases)
{
    /// <summary>How many entries are counted, and can be reached by page number.</summary>
    public const int MaxCounted = 1_000;

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

    /// <summary>Counts entries up to <see cref="MaxCounted"/>, so that it costs no more than a page.</summary>
    public async Task<int> CountAsync(AuditScope scope, AuditFilter filter, CancellationToken ct)
    {
        var count = await Newest(scope.InControl(control), filter).Take(MaxCounted).CountAsync(ct);
        if (scope.Tenant is { } tenant && count < MaxCounted)
        {
            await using var db = await databases.OpenAsync(tenant, ct);
            count += await Newest(db.AuditEntries, filter).Take(MaxCounted - count).CountAsync(ct);
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

    public IQueryable<AuditEntry> InControl(ControlDb db) =>
        OfTenant is { } tenantId ? db.AuditEntries.Where(entry => entry.TenantId == tenantId) : db.AuditEntries;
}

/// <summary>One page of the audit.</summary>
/// <param name="Entries">The entries, newest first.</param>
/// <param name="NextCursor">Where the next page begins, for `cursor`; null on the last one.</param>
/// <param name="Pagination">Which page of how many; null where a cursor was given. At most 1,000 entries are counted: what is older is reached by cursor.</param>
public sealed record AuditList(IReadOnlyList<AuditEntryView> Entries, string? NextCursor, Pagination? Pagination)
{
    private static readonly Problem OneOfBoth = Problem.OfField("cursor", "Give either cursor or page.");
    private static readonly Problem TooFar = Problem.OfField("page", $"Pages end at entry {AuditReader.MaxCounted}; go on with next_cursor.");

    internal static async Task<Outcome<AuditList>> ReadAsync(AuditReader reader, AuditScope scope, AuditFilter filter, PageRequest page, CancellationToken ct)
    {
        var size = page.PerPage ?? PageRequest.DefaultSize;
        var skipped = ((page.Page ?? 1) - 1) * size;
        if (filter.Position is not null && page.Page is not null)
        {
            return OneOfBoth;
        }

        if (skipped >= AuditReader.MaxCounted)
        {
            return TooFar;
        }

        var found = await reader.ReadAsync(scope, filter, filter.Position, skipped + size + 1, ct); // one more tells whether there is a next page
        var shown = found.Skip(skipped).Take(size).ToList();
        var next = found.Count > skipped + size ? AuditPosition.Of(shown[^1]).ToString() : null;
        return new AuditList(
            [.. shown.Select(AuditEntryView.Of)],
            next,
            filter.Position is null ? Paging.PaginationOf(page, await reader.CountAsync(scope, filter, ct)) : null);
    }
}
