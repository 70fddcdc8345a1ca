using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using SaaS.Core.Access;
using SaaS.Core.Auditing;
using SaaS.Core.Jobs;
using SaaS.Core.Persistence;

namespace SaaS.Core.Identity.Sessions;

/// <summary>
/// Makes the key that signs from now on, and takes those away that no token can name any more. Nobody is signed out by it.
/// The job does it monthly; an operator does it with <c>rotate-signing-key</c>.
/// </summary>
internal sealed class RotateSigningKey(ControlDbContext db, IOptionsMonitor<JwtOptions> jwt, IOptions<SessionOptions> sessions, TimeProvider clock) : Job
{
    /// <summary>For a process that goes on signing with its copy of the ring for a moment, and for clocks that differ.</summary>
    private static readonly TimeSpan Room = TimeSpan.FromDays(1);

    public const string Name = "rotate-signing-key";

    public override Task<string> RunAsync(CancellationToken ct) => RunAsync(Actor.Job(Name), ct);

    /// <returns>What was done, in one sentence.</returns>
    public async Task<string> RunAsync(Actor actor, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        var next = SigningKey.New(jwt.CurrentValue.SigningKey, now);

        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        await db.Database.ExecuteSqlAsync($"LOCK TABLE signing_keys IN SHARE ROW EXCLUSIVE MODE", ct); // two rotations at once come one after the other
        var retired = await db.SigningKeys.Where(key => key.RetiredAt == null).ExecuteUpdateAsync(set => set.SetProperty(key => key.RetiredAt, now), ct);
        db.SigningKeys.Add(next);
        db.Audit.Record(tenantId: null, actor, AuditAction.SigningKeyRotated, NamedId.Of(next.Id), AuditDetails.Of("key_id", next.Id).With("retired", retired));
        await db.SaveChangesAsync(ct);

        var spent = now - Room - Longest(sessions.Value.RefreshTokenLifetime, HmacTokens.LongestLife);
        var removed = await db.SigningKeys.Where(key => key.RetiredAt < spent).ExecuteDeleteAsync(ct);
        await transaction.CommitAsync(ct);

        return $"key {next.Id} signs; {retired} retired, {removed} removed";
    }

    private static TimeSpan Longest(TimeSpan one, TimeSpan other) => one > other ? one : other;
}
