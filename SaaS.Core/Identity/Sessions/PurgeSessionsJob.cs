using Microsoft.EntityFrameworkCore;
using SaaS.Core.Jobs;
using SaaS.Core.Persistence;

namespace SaaS.Core.Identity.Sessions;

/// <summary>Removes sessions that have been over for so long that nobody asks for them any more.</summary>
internal sealed class PurgeSessionsJob(ControlDbContext db, TimeProvider clock) : Job
{
    /// <summary>A place from which an account signed in lately is known by its sessions.</summary>
    private static readonly TimeSpan Kept = TimeSpan.FromDays(30);

    public override async Task<string> RunAsync(CancellationToken ct)
    {
        var before = clock.GetUtcNow() - Kept;
        var removed = await db.Sessions
            .Where(session => session.EndedAt < before || session.ExpiresAt < before || session.RefreshableUntil < before)
            .ExecuteDeleteAsync(ct);
        return $"{removed} sessions removed";
    }
}
