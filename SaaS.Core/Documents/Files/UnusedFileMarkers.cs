using Microsoft.EntityFrameworkCore;
using SaaS.Core.Persistence;

namespace SaaS.Core.Documents.Files;

/// <summary>Writes and reads the hints which tenants have files that may go; see <see cref="UnusedFileMarker"/>.</summary>
internal sealed class UnusedFileMarkers(ControlDbContext control)
{
    /// <summary>Notes that something may go at this time, or keeps an earlier one.</summary>
    public Task MarkAsync(Guid tenantId, DateTimeOffset dueAt, CancellationToken ct) =>
        control.Database.ExecuteSqlAsync(
            $"""
            INSERT INTO unused_files (tenant_id, due_at, marked_at)
            SELECT id, {dueAt}, clock_timestamp() FROM tenants WHERE id = {tenantId}
            ON CONFLICT (tenant_id) DO UPDATE SET due_at = least(unused_files.due_at, excluded.due_at), marked_at = excluded.marked_at
            """, ct);

    public async Task<IReadOnlyList<UnusedFileMarker>> ListDueAsync(DateTimeOffset now, int atMost, CancellationToken ct) =>
        await control.UnusedFileMarkers.AsNoTracking().Where(hint => hint.DueAt <= now).OrderBy(hint => hint.DueAt).Take(atMost).ToListAsync(ct);

    /// <summary>Says when to look at the tenant next, or never; what was marked meanwhile stays as it is.</summary>
    public Task SettleAsync(UnusedFileMarker seen, DateTimeOffset? nextDueAt, CancellationToken ct)
    {
        var unchanged = control.UnusedFileMarkers.Where(hint => hint.TenantId == seen.TenantId && hint.MarkedAt == seen.MarkedAt);
        return nextDueAt is { } next
            ? unchanged.ExecuteUpdateAsync(set => set.SetProperty(hint => hint.DueAt, next), ct)
            : unchanged.ExecuteDeleteAsync(ct);
    }
}
