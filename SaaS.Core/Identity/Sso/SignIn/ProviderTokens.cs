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

/// <summary>The result of refreshing a user's tokens at the provider.</summary>
internal enum TokenRefreshResult
{
    /// <summary>The tokens are fresh, possibly refreshed by a concurrent request.</summary>
    Fresh,

    /// <summary>The provider requires a new sign-in; the stored tokens were deleted.</summary>
    SignInRequired,

    /// <summary>The provider is unavailable; the tokens stay unchanged.</summary>
    ProviderUnavailable,

    /// <summary>The provider rejects the application's id or secret; the tokens stay unchanged.</summary>
    ApplicationRejected,
}

/// <summary>
/// The provider's tokens of a user, stored encrypted. Refreshes are serialized, because a refresh token may be valid only once, and a new
/// token is stored before anything else happens.
/// </summary>
internal sealed partial class ProviderTokens(
    ControlDbContext db,
    SharedLocks locks,
    Cipher cipher,
    EntraClient entra,
    SsoConfigurations configurations,
    SessionStore liveSessions,
    IOptions<SsoOptions> options,
    TimeProvider clock,
    ILogger<ProviderTokens> logger
)
{
    private static readonly TimeSpan InitialDelay = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan MaxDelay = TimeSpan.FromHours(4);
    private const int MaxDoublings = 8;

    /// <summary>The time that concurrent requests wait for the one that refreshes the user's tokens.</summary>
    private static readonly TimeSpan LockTimeout = TimeSpan.FromSeconds(10);

    /// <returns>A valid access token; null when the user has to sign in again or the provider is unavailable.</returns>
    public async Task<(string? AccessToken, TokenRefreshResult Renewal)> GetAccessTokenAsync(
        SsoConfiguration configuration,
        Guid identityId,
        CancellationToken ct
    )
    {
        if (
            await ReadAsync(identityId, ct) is { EncryptedAccessToken: { } current } identity
            && identity.TokenExpiresAt > clock.GetUtcNow()
        )
        {
            return (await cipher.DecryptAsync(current, identity.TenantId, SsoIdentity.TokenPurpose, ct), TokenRefreshResult.Fresh);
        }

        var renewal = await RefreshAsync(configuration, identityId, ifExpiresBefore: clock.GetUtcNow(), ct);
        return
            renewal is TokenRefreshResult.Fresh
            && await ReadAsync(identityId, ct) is { EncryptedAccessToken: { } renewed, TenantId: var tenantId }
            ? (await cipher.DecryptAsync(renewed, tenantId, SsoIdentity.TokenPurpose, ct), renewal)
            : (null, renewal);
    }

    /// <param name="ifExpiresBefore">A token that is valid for longer counts as fresh: a concurrent request has just refreshed it.</param>
    public async Task<TokenRefreshResult> RefreshAsync(
        SsoConfiguration configuration,
        Guid identityId,
        DateTimeOffset ifExpiresBefore,
        CancellationToken ct
    )
    {
        await using var refreshLock = await locks.AcquireAsync($"sso-tokens/{identityId}", LockTimeout, ct);
        if (
            await ReadAsync(identityId, ct) is not { EncryptedRefreshToken: { } encryptedToken } identity
            || identity.RefreshTokenExpiresAt <= clock.GetUtcNow()
        )
        {
            return TokenRefreshResult.SignInRequired;
        }

        if (identity.TokenExpiresAt >= ifExpiresBefore)
        {
            return TokenRefreshResult.Fresh;
        }

        try
        {
            var refreshToken = await cipher.DecryptAsync(encryptedToken, identity.TenantId, SsoIdentity.TokenPurpose, ct);
            var tokens = await entra.RefreshAsync(
                configuration.Application,
                await configurations.DecryptSecretAsync(configuration, ct),
                refreshToken,
                ct
            );
            await StoreAsync(identity, tokens, CancellationToken.None); // the old refresh token may be used up by now
            return TokenRefreshResult.Fresh;
        }
        catch (EntraRejectedException e) when (e.IsGrantInvalid)
        {
            await DeleteTokensAsync(identity, $"AADSTS{e.Code}", ct);
            return TokenRefreshResult.SignInRequired;
        }
        catch (EntraRejectedException e)
        {
            LogRejected(identity.TenantId, e.Message);
            await PostponeAsync(identity, retryAfter: null, ct);
            return TokenRefreshResult.ApplicationRejected;
        }
        catch (EntraUnavailableException e)
        {
            await PostponeAsync(identity, e.RetryAfter, ct);
            return TokenRefreshResult.ProviderUnavailable;
        }
    }

    private Task<SsoIdentity?> ReadAsync(Guid identityId, CancellationToken ct) =>
        db.SsoIdentities.AsNoTracking().SingleOrDefaultAsync(identity => identity.Id == identityId, ct);

    private async Task StoreAsync(SsoIdentity identity, EntraTokens tokens, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        var fresh = await cipher.EncryptAsync(
            [tokens.AccessToken, tokens.RefreshToken ?? ""],
            identity.TenantId,
            SsoIdentity.TokenPurpose,
            ct
        );
        // No new one was issued: the old one stays valid.
        var refreshToken = tokens.RefreshToken is null ? identity.EncryptedRefreshToken : fresh[1];
        var refreshableUntil = tokens.RefreshToken is null
            ? identity.RefreshTokenExpiresAt
            : now + (tokens.RefreshTokenExpiresIn ?? options.Value.RefreshTokenLifetime);
        var expiresAt = now + tokens.ExpiresIn;
        db.SsoActivities.Add(SsoActivity.Create(identity.TenantId, SsoActivityKind.Refreshed, identity.UserId, now));
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        await db
            .SsoIdentities
            // Otherwise the user has signed in meanwhile and has newer tokens.
            .Where(row => row.Id == identity.Id && row.EncryptedRefreshToken == identity.EncryptedRefreshToken)
            .ExecuteUpdateAsync(
                set =>
                    set.SetProperty(row => row.EncryptedAccessToken, fresh[0])
                        .SetProperty(row => row.TokenExpiresAt, expiresAt)
                        .SetProperty(row => row.EncryptedRefreshToken, refreshToken)
                        .SetProperty(row => row.RefreshTokenExpiresAt, refreshableUntil)
                        .SetProperty(row => row.RetryRefreshAt, (DateTimeOffset?)null)
                        .SetProperty(row => row.RefreshFailures, 0)
                        .SetProperty(row => row.LastSyncAt, now),
                ct
            );
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
    }

    // The directory no longer authenticates the user, so the sessions that it opened end too.
    private async Task DeleteTokensAsync(SsoIdentity identity, string reason, CancellationToken ct)
    {
        db.SsoActivities.Add(
            SsoActivity.Create(identity.TenantId, SsoActivityKind.RefreshRefused, identity.UserId, clock.GetUtcNow(), reason)
        );
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var forgotten = await SsoIdentity.DeleteTokensAsync(
            db.SsoIdentities.Where(row => row.Id == identity.Id && row.EncryptedRefreshToken == identity.EncryptedRefreshToken),
            ct
        );
        var ended = forgotten == 1 ? await liveSessions.EndSsoAsync(identity.UserId, identity.TenantId, ct) : [];
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
        liveSessions.EvictFromCache(ended);
    }

    private async Task PostponeAsync(SsoIdentity identity, TimeSpan? retryAfter, CancellationToken ct)
    {
        var pause = InitialDelay * Math.Pow(2, Math.Min(identity.RefreshFailures, MaxDoublings)) * (1 + (Random.Shared.NextDouble() / 4));
        var until =
            clock.GetUtcNow()
            + (
                retryAfter > pause ? retryAfter.Value
                : pause < MaxDelay ? pause
                : MaxDelay
            );
        await db
            .SsoIdentities.Where(row => row.Id == identity.Id)
            .ExecuteUpdateAsync(
                set =>
                    set.SetProperty(row => row.RetryRefreshAt, until)
                        .SetProperty(row => row.RefreshFailures, row => row.RefreshFailures + 1),
                ct
            );
    }

    [LoggerMessage(
        EventId = 4304,
        Level = LogLevel.Warning,
        Message = "The identity provider of tenant {TenantId} rejected the application: {Reason}"
    )]
    private partial void LogRejected(Guid tenantId, string reason);
}
