using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using SaaS.Core.Access;
using SaaS.Core.Auditing;
using SaaS.Core.Jobs;
using SaaS.Core.Persistence;

namespace SaaS.Core.Identity.Sessions;

/// <summary>
/// Creates the key that signs from now on and deletes keys that no valid token can name; sessions stay valid.
/// Runs as a monthly job, or on demand with the command <c>rotate-signing-key</c>.
/// </summary>
internal sealed class RotateSigningKey(
    ControlDbContext db,
    IOptionsMonitor<JwtOptions> jwt,
    IOptions<SessionOptions> sessions,
    TimeProvider clock
) : Job
{
    /// <summary>A margin for processes that still sign with an old copy of the ring, and for clock skew.</summary>
    private static readonly TimeSpan SafetyMargin = TimeSpan.FromDays(1);

    public const string Name = "rotate-signing-key";

    public override Task<string> RunAsync(CancellationToken ct) => RunAsync(Actor.Job(Name), ct);

    /// <returns>The result, in one sentence.</returns>
    public async Task<string> RunAsync(Actor actor, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        var next = SigningKey.Create(jwt.CurrentValue.SigningKey, now);

        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        await db.Database.ExecuteSqlAsync($"LOCK TABLE signing_keys IN SHARE ROW EXCLUSIVE MODE", ct); // serializes concurrent rotations
        var retired = await db
            .SigningKeys.Where(key => key.RetiredAt == null)
            .ExecuteUpdateAsync(set => set.SetProperty(key => key.RetiredAt, now), ct);
        db.SigningKeys.Add(next);
        db.Audit.Record(
            tenantId: null,
            actor,
            AuditAction.SigningKeyRotated,
            NamedId.From(next.Id),
            AuditDetails.Create("key_id", next.Id).With("retired", retired)
        );
        await db.SaveChangesAsync(ct);

        var unusedBefore = now - SafetyMargin - Longest(sessions.Value.RefreshTokenLifetime, HmacTokens.MaxLifetime);
        var removed = await db.SigningKeys.Where(key => key.RetiredAt < unusedBefore).ExecuteDeleteAsync(ct);
        await transaction.CommitAsync(ct);

        return $"key {next.Id} signs; {retired} retired, {removed} removed";
    }

    private static TimeSpan Longest(TimeSpan one, TimeSpan other) => one > other ? one : other;
}
