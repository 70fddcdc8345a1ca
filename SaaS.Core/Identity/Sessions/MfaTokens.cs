using System.ComponentModel.DataAnnotations;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using SaaS.Core.Http;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Identity.Factors;
using SaaS.Core.Persistence;

namespace SaaS.Core.Identity.Sessions;

/// <summary>Settings of multi-factor authentication.</summary>
public sealed class MfaOptions
{
    /// <summary>The time between the password and the second factor of a sign-in.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "00:15:00")]
    public TimeSpan TokenLifetime { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>The number of codes that can be tried after one verified password.</summary>
    [Range(1, 20)]
    public int MaxAttempts { get; init; } = 5;

    /// <summary>The time after a sign-in or a step-up in which dangerous routes ask for no further proof.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "01:00:00")]
    public TimeSpan RecentProofLifetime { get; init; } = TimeSpan.FromMinutes(10);
}

/// <summary>The response to a sign-in whose password was correct and whose second factor is missing.</summary>
/// <param name="MfaRequired">Always true.</param>
/// <param name="MfaToken">Sent with the second factor; good for nothing else.</param>
/// <param name="Methods">The second factors of the account: totp, passkey or recovery.</param>
/// <param name="ExpiresAt">Expiry of the token (UTC).</param>
public sealed record MfaRequiredResponse(bool MfaRequired, string MfaToken, IReadOnlyList<string> Methods, DateTimeOffset ExpiresAt);

/// <summary>Issues and validates <c>mfa_token</c>s, which stand for a verified password until the second factor is proved.</summary>
internal sealed class MfaTokens(ControlDbContext db, HmacTokens tokens, IOptions<MfaOptions> options, TimeProvider clock)
{
    public const int MaxLength = 200;

    public static readonly Problem Invalid = new(
        ProblemKind.Unauthenticated,
        "MFA_TOKEN_INVALID",
        "The mfa_token is invalid, expired or used up: sign in with the password again"
    );

    private const string Purpose = "mfa-token";

    public async Task<MfaRequiredResponse> IssueAsync(VerifiedPassword verified, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        var challenge = new MfaChallenge
        {
            Id = Guid.CreateVersion7(now),
            UserId = verified.User.Id,
            SecurityStamp = verified.User.SecurityStamp,
            CreatedAt = now,
            ExpiresAt = now + options.Value.TokenLifetime,
        };
        db.MfaChallenges.Add(challenge);
        await db.SaveChangesAsync(ct);
        return new MfaRequiredResponse(
            MfaRequired: true,
            await tokens.IssueAsync(Purpose, $"{challenge.Id:N}", ct),
            [.. verified.RequiredMethods.Select(method => method.ToJsonName())],
            challenge.ExpiresAt
        );
    }

    /// <returns>The valid challenge of a token, with its account; null for any other text.</returns>
    public async Task<PendingSignIn?> FindAsync(string token, CancellationToken ct) =>
        await tokens.ValidateAsync(Purpose, token, ct) is { } payload && Guid.TryParseExact(payload, "N", out var id)
            ? await QueryValid()
                .Where(challenge => challenge.Id == id)
                .Join(db.Users, challenge => challenge.UserId, user => user.Id, (challenge, user) => new PendingSignIn(challenge.Id, user))
                .AsNoTracking()
                .SingleOrDefaultAsync(ct)
            : null;

    /// <summary>Counts an attempt, before its code is verified.</summary>
    /// <returns>False when the challenge allows no further attempt.</returns>
    public async Task<bool> CountAttemptAsync(Guid challengeId, CancellationToken ct) =>
        await QueryValid()
            .Where(challenge => challenge.Id == challengeId)
            .ExecuteUpdateAsync(set => set.SetProperty(challenge => challenge.Attempts, challenge => challenge.Attempts + 1), ct) == 1;

    /// <summary>Uses up a challenge, so that its token opens one session at most.</summary>
    /// <returns>False when it was used or revoked meanwhile.</returns>
    public async Task<bool> UseAsync(Guid challengeId, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        return await QueryUnused()
                .Where(challenge => challenge.Id == challengeId)
                .ExecuteUpdateAsync(set => set.SetProperty(challenge => challenge.UsedAt, now), ct) == 1;
    }

    private IQueryable<MfaChallenge> QueryValid()
    {
        var maxAttempts = options.Value.MaxAttempts;
        return QueryUnused().Where(challenge => challenge.Attempts < maxAttempts);
    }

    private IQueryable<MfaChallenge> QueryUnused()
    {
        var now = clock.GetUtcNow();
        return db
            .MfaChallenges.Where(challenge => challenge.UsedAt == null && challenge.ExpiresAt > now)
            .Where(challenge =>
                db.Set<User>().Any(user => user.Id == challenge.UserId && user.IsActive && user.SecurityStamp == challenge.SecurityStamp)
            );
    }
}

/// <summary>A sign-in that waits for its second factor.</summary>
internal sealed record PendingSignIn(Guid ChallengeId, User User);
