using System.Collections.Concurrent;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Identity.Sso.Configuration;
using SaaS.Core.Jobs;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy.Members;

namespace SaaS.Core.Identity.Sso.SignIn;

/// <summary>
/// Refreshes the provider's tokens before they expire. Each user's tokens are stored separately, so that an aborted run loses nothing; a
/// tenant whose provider is unavailable is skipped for the rest of the run.
/// </summary>
internal sealed partial class RefreshSsoTokensJob(
    ControlDbContext db,
    IServiceScopeFactory scopes,
    IOptions<SsoOptions> options,
    TimeProvider clock,
    ILogger<RefreshSsoTokensJob> logger
) : Job
{
    public const string Name = "refresh-sso-tokens";

    private const int PageSize = 500;
    private const int MaxParallelism = 8;

    private readonly ConcurrentDictionary<TokenRefreshResult, int> _counts = [];
    private readonly ConcurrentDictionary<Guid, TokenRefreshResult> _skippedTenants = [];
    private int _failed;

    public override async Task<string> RunAsync(CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        var due = now + options.Value.RefreshAhead;
        var waiting = db
            .SsoIdentities.AsNoTracking()
            .Where(identity =>
                identity.EncryptedRefreshToken != null
                && identity.TokenExpiresAt < due
                && identity.RefreshTokenExpiresAt > now
                && (identity.RetryRefreshAt == null || identity.RetryRefreshAt <= now)
            )
            .Where(identity =>
                db.Set<User>().Any(user => user.Id == identity.UserId && user.IsActive)
                && db.Set<Membership>().Any(membership => membership.UserId == identity.UserId && membership.TenantId == identity.TenantId)
            )
            .Join(
                SsoConfigurations.QueryAvailable(db),
                identity => identity.TenantId,
                configuration => configuration.TenantId,
                (identity, configuration) => new { identity, configuration }
            );
        Progress.AddTotal(await waiting.CountAsync(ct));

        var after = Guid.Empty;
        while (true)
        {
            var page = await waiting
                .Where(one => one.identity.Id > after)
                .OrderBy(one => one.identity.Id)
                .Take(PageSize)
                .Select(one => new { one.identity.Id, one.configuration })
                .ToListAsync(ct);
            await Parallel.ForEachAsync(
                page,
                new ParallelOptions { MaxDegreeOfParallelism = MaxParallelism, CancellationToken = ct },
                async (one, stop) =>
                {
                    await RefreshAsync(one.configuration, one.Id, due, stop);
                    Progress.Advance();
                }
            );
            if (page.Count < PageSize)
            {
                break;
            }

            after = page[^1].Id;
        }

        return $"{Count(TokenRefreshResult.Fresh)} refreshed, {Count(TokenRefreshResult.SignInRequired)} have to sign in again, {Count(TokenRefreshResult.ProviderUnavailable) + Count(TokenRefreshResult.ApplicationRejected)} postponed, {_failed} failed, {_skippedTenants.Count} tenants skipped";

        int Count(TokenRefreshResult renewal) => _counts.GetValueOrDefault(renewal);
    }

    private async Task RefreshAsync(SsoConfiguration configuration, Guid identityId, DateTimeOffset due, CancellationToken ct)
    {
        if (_skippedTenants.ContainsKey(configuration.TenantId))
        {
            return;
        }

        try
        {
            await using var scope = scopes.CreateAsyncScope();
            var renewal = await scope.ServiceProvider.GetRequiredService<ProviderTokens>().RefreshAsync(configuration, identityId, due, ct);
            _counts.AddOrUpdate(renewal, 1, (_, count) => count + 1);
            if (renewal is TokenRefreshResult.ProviderUnavailable or TokenRefreshResult.ApplicationRejected)
            {
                _skippedTenants.TryAdd(configuration.TenantId, renewal);
            }
        }
#pragma warning disable CA1031 // a failure of any kind for one user must not keep the others waiting
        catch (Exception e) when (!ct.IsCancellationRequested)
#pragma warning restore CA1031
        {
            Interlocked.Increment(ref _failed);
            LogFailed(e, identityId, configuration.TenantId);
        }
    }

    [LoggerMessage(
        EventId = 4305,
        Level = LogLevel.Warning,
        Message = "Could not refresh the provider tokens of identity {IdentityId} in tenant {TenantId}; the next run retries"
    )]
    private partial void LogFailed(Exception exception, Guid identityId, Guid tenantId);
}
