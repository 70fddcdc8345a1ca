using Microsoft.EntityFrameworkCore;
using SaaS.Core.Identity.Factors;
using SaaS.Core.Jobs;
using SaaS.Core.Persistence;

namespace SaaS.Core.Identity.Sessions;

/// <summary>Deletes sessions that ended or expired longer ago than the retention period, and unfinished sign-ins.</summary>
internal sealed class PurgeSessionsJob(ControlDbContext db, TimeProvider clock) : Job
{
    /// <summary>The retention period, in which sessions still identify the places that an account signed in from.</summary>
    private static readonly TimeSpan Retention = TimeSpan.FromDays(30);

    public override async Task<string> RunAsync(CancellationToken ct)
    {
        var before = clock.GetUtcNow() - Retention;
        var removed = await db
            .Sessions.Where(session => session.EndedAt < before || session.ExpiresAt < before || session.RefreshableUntil < before)
            .ExecuteDeleteAsync(ct);
        var now = clock.GetUtcNow();
        await db.MfaChallenges.Where(challenge => challenge.ExpiresAt < now).ExecuteDeleteAsync(ct);
        await db.PasskeyChallenges.Where(challenge => challenge.ExpiresAt < now).ExecuteDeleteAsync(ct);
        return $"{removed} sessions removed";
    }
}
