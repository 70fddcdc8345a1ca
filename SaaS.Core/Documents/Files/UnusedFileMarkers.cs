using Microsoft.EntityFrameworkCore;
using SaaS.Core.Persistence;

namespace SaaS.Core.Documents.Files;

/// <summary>Reads and writes the markers of tenants with unused files; see <see cref="UnusedFileMarker"/>.</summary>
internal sealed class UnusedFileMarkers(ControlDbContext control)
{
    /// <summary>Sets the time when a file of the tenant is due, or keeps an earlier one.</summary>
    public Task MarkAsync(Guid tenantId, DateTimeOffset dueAt, CancellationToken ct) =>
        control.Database.ExecuteSqlAsync(
            $"""
            INSERT INTO unused_files (tenant_id, due_at, marked_at)
            SELECT id, {dueAt}, clock_timestamp() FROM tenants WHERE id = {tenantId}
            ON CONFLICT (tenant_id) DO UPDATE SET due_at = least(unused_files.due_at, excluded.due_at), marked_at = excluded.marked_at
            """,
            ct
        );

    public async Task<IReadOnlyList<UnusedFileMarker>> ListDueAsync(DateTimeOffset now, int atMost, CancellationToken ct) =>
        await control
            .UnusedFileMarkers.AsNoTracking()
            .Where(candidate => candidate.DueAt <= now)
            .OrderBy(candidate => candidate.DueAt)
            .Take(atMost)
            .ToListAsync(ct);

    /// <summary>Sets the next due time or removes the marker, unless it was written again meanwhile.</summary>
    public Task RescheduleAsync(UnusedFileMarker marker, DateTimeOffset? nextDueAt, CancellationToken ct)
    {
        var unchanged = control.UnusedFileMarkers.Where(candidate =>
            candidate.TenantId == marker.TenantId && candidate.MarkedAt == marker.MarkedAt
        );
        return nextDueAt is { } next
            ? unchanged.ExecuteUpdateAsync(set => set.SetProperty(candidate => candidate.DueAt, next), ct)
            : unchanged.ExecuteDeleteAsync(ct);
    }
}
