using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using SaaS.Core.Identity.Sessions;
using SaaS.Core.Identity.Sso.Configuration;
using SaaS.Core.Persistence;
using SaaS.Infrastructure.Encryption;
using SaaS.Infrastructure.Entra;
using SaaS.Infrastructure.Postgres;

namespace SaaS.Core.Identity.Sso.SignIn;

/// <summary>What came of renewing a person's tokens at the provider.</summary>
internal enum Renewal
{
    /// <summary>They are fresh, whoever did it.</summary>
    Fresh,

    /// <summary>The provider wants the person to sign in again; nothing is kept any more.</summary>
    SignInNeeded,

    /// <summary>The provider does not answer; they stay as they are.</summary>
    Away,

    /// <summary>The provider takes the application's id or secret no more; they stay as they are.</summary>
    ApplicationRefused,
}

/// <summary>
/// The provider's tokens of a person: sealed where they lie, renewed by one at a time, because a refresh token may be good
/// only once. What was renewed is stored before anything else happens.
/// </summary>
internal sealed partial class ProviderTokens(
    ControlDbContext db, SharedLocks locks, Cipher cipher, EntraClient entra, SsoConfigurations configurations, SessionStore liveSessions, IOptions<SsoOptions> options, TimeProvider clock, ILogger<ProviderTokens> logger)
{
    private static readonly TimeSpan InitialDelay = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan MaxDelay = TimeSpan.FromHours(4);
    private const int Doublings = 8;

    /// <summary>How long a person's other requests wait for the one that renews their tokens.</summary>
    private static readonly TimeSpan LockTimeout = TimeSpan.FromSeconds(10);

    /// <returns>An access token that is good now; null when the person has to sign in again, or nobody could be asked.</returns>
    public async Task<(string? AccessToken, Renewal Renewal)> FindAccessTokenAsync(SsoConfiguration configuration, Guid identityId, CancellationToken ct)
    {
        if (await ReadAsync(identityId, ct) is { SealedAccessToken: { } current } identity && identity.TokenExpiresAt > clock.GetUtcNow())
        {
            return (await cipher.DecryptAsync(current, identity.TenantId, SsoIdentity.TokenPurpose, ct), Renewal.Fresh);
        }

        var renewal = await RenewAsync(configuration, identityId, ifExpiresBefore: clock.GetUtcNow(), ct);
        return renewal is Renewal.Fresh && await ReadAsync(identityId, ct) is { SealedAccessToken: { } renewed, TenantId: var tenantId }
            ? (await cipher.DecryptAsync(renewed, tenantId, SsoIdentity.TokenPurpose, ct), renewal)
            : (null, renewal);
    }

    /// <param name="ifExpiresBefore">A token that is good for longer is fresh: somebody else has just renewed it.</param>
    public async Task<Renewal> RenewAsync(SsoConfiguration configuration, Guid identityId, DateTimeOffset ifExpiresBefore, CancellationToken ct)
    {
        await using var alone = await locks.AcquireAsync($"sso-tokens/{identityId}", LockTimeout, ct);
        if (await ReadAsync(identityId, ct) is not { SealedRefreshToken: { } sealedToken } identity || identity.RefreshTokenExpiresAt <= clock.GetUtcNow())
        {
            return Renewal.SignInNeeded;
        }

        if (identity.TokenExpiresAt >= ifExpiresBefore)
        {
            return Renewal.Fresh;
        }

        try
        {
            var refreshToken = await cipher.DecryptAsync(sealedToken, identity.TenantId, SsoIdentity.TokenPurpose, ct);
            var tokens = await entra.RefreshAsync(configuration.Application, await configurations.SecretOfAsync(configuration, ct), refreshToken, ct);
            await StoreAsync(identity, tokens, CancellationToken.None); // the old refresh token may be spent by now
            return Renewal.Fresh;
        }
        catch (EntraRejectedException e) when (e.IsGrantGone)
        {
            await ForgetAsync(identity, $"AADSTS{e.Code}", ct);
            return Renewal.SignInNeeded;
        }
        catch (EntraRejectedException e)
        {
            LogRefused(identity.TenantId, e.Message);
            await PostponeAsync(identity, retryAfter: null, ct);
            return Renewal.ApplicationRefused;
        }
        catch (EntraUnavailableException e)
        {
            await PostponeAsync(identity, e.RetryAfter, ct);
            return Renewal.Away;
        }
    }

    private Task<SsoIdentity?> ReadAsync(Guid identityId, CancellationToken ct) => db.SsoIdentities.AsNoTracking().SingleOrDefaultAsync(identity => identity.Id == identityId, ct);

    private async Task StoreAsync(SsoIdentity identity, EntraTokens tokens, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        var fresh = await cipher.EncryptAsync([tokens.AccessToken, tokens.RefreshToken ?? ""], identity.TenantId, SsoIdentity.TokenPurpose, ct);
        var refreshToken = tokens.RefreshToken is null ? identity.SealedRefreshToken : fresh[1]; // none given: the old one stays good
        var refreshableUntil = tokens.RefreshToken is null ? identity.RefreshTokenExpiresAt : now + (tokens.RefreshTokenExpiresIn ?? options.Value.RefreshTokenLifetime);
        var expiresAt = now + tokens.ExpiresIn;
        db.SsoActivities.Add(SsoActivity.Of(identity.TenantId, SsoActivityKind.Refreshed, identity.UserId, now));
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        await db.SsoIdentities
            .Where(row => row.Id == identity.Id && row.SealedRefreshToken == identity.SealedRefreshToken) // else the person has signed in meanwhile, with newer ones
            .ExecuteUpdateAsync(set => set
                .SetProperty(row => row.SealedAccessToken, fresh[0])
                .SetProperty(row => row.TokenExpiresAt, expiresAt)
                .SetProperty(row => row.SealedRefreshToken, refreshToken)
                .SetProperty(row => row.RefreshTokenExpiresAt, refreshableUntil)
                .SetProperty(row => row.RetryRefreshAt, (DateTimeOffset?)null)
                .SetProperty(row => row.RefreshFailures, 0)
                .SetProperty(row => row.LastSyncAt, now), ct);
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
    }

    // The directory does not vouch for the person any more: what it had opened here ends too.
    private async Task ForgetAsync(SsoIdentity identity, string reason, CancellationToken ct)
    {
        db.SsoActivities.Add(SsoActivity.Of(identity.TenantId, SsoActivityKind.RefreshRefused, identity.UserId, clock.GetUtcNow(), reason));
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var forgotten = await SsoIdentity.ForgetTokensAsync(db.SsoIdentities.Where(row => row.Id == identity.Id && row.SealedRefreshToken == identity.SealedRefreshToken), ct);
        var ended = forgotten == 1 ? await liveSessions.EndSsoAsync(identity.UserId, identity.TenantId, ct) : [];
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
        liveSessions.Forget(ended);
    }

    private async Task PostponeAsync(SsoIdentity identity, TimeSpan? retryAfter, CancellationToken ct)
    {
        var pause = InitialDelay * Math.Pow(2, Math.Min(identity.RefreshFailures, Doublings)) * (1 + (Random.Shared.NextDouble() / 4));
        var until = clock.GetUtcNow() + (retryAfter > pause ? retryAfter.Value : pause < MaxDelay ? pause : MaxDelay);
        await db.SsoIdentities.Where(row => row.Id == identity.Id).ExecuteUpdateAsync(set => set
            .SetProperty(row => row.RetryRefreshAt, until)
            .SetProperty(row => row.RefreshFailures, row => row.RefreshFailures + 1), ct);
    }

    [LoggerMessage(EventId = 4304, Level = LogLevel.Warning, Message = "The identity provider of tenant {TenantId} takes the application no more: {Reason}")]
    private partial void LogRefused(Guid tenantId, string reason);
}
