using System.Collections.Concurrent;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using SaaS.Core.Identity.Sso.Configuration;
using SaaS.Core.Jobs;
using SaaS.Core.Persistence;

namespace SaaS.Core.Identity.Sso.SignIn;

/// <summary>
/// Renews the provider's tokens before they expire. Each person's are stored by themselves, so that a run that is cut off
/// loses nothing; a tenant whose provider does not answer is left alone for the rest of the run.
/// </summary>
internal sealed partial class RefreshSsoTokensJob(ControlDbContext db, IServiceScopeFactory scopes, IOptions<SsoOptions> options, TimeProvider clock, ILogger<RefreshSsoTokensJob> logger) : Job
{
    public const string Name = "refresh-sso-tokens";

    private const int PageSize = 500;
    private const int AtOnce = 8;

    private readonly ConcurrentDictionary<Renewal, int> _counts = [];
    private readonly ConcurrentDictionary<Guid, Renewal> _leftAlone = [];
    private int _failed;

    public override async Task<string> RunAsync(CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        var due = now + options.Value.RefreshAhead;
        var waiting = db.SsoIdentities.AsNoTracking()
            .Where(identity => identity.SealedRefreshToken != null && identity.TokenExpiresAt < due && identity.RefreshTokenExpiresAt > now && (identity.RetryRefreshAt == null || identity.RetryRefreshAt <= now))
            .Where(identity => db.Users.Any(user => user.Id == identity.UserId && user.IsActive) && db.Memberships.Any(membership => membership.UserId == identity.UserId && membership.TenantId == identity.TenantId))
            .Join(SsoConfigurations.Open(db), identity => identity.TenantId, configuration => configuration.TenantId, (identity, configuration) => new { identity, configuration });
        Progress.Expect(await waiting.CountAsync(ct));

        for (var after = Guid.Empty; ;)
        {
            var page = await waiting.Where(one => one.identity.Id > after).OrderBy(one => one.identity.Id).Take(PageSize).Select(one => new { one.identity.Id, one.configuration }).ToListAsync(ct);
            await Parallel.ForEachAsync(page, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = ct }, async (one, stop) =>
            {
                await RenewAsync(one.configuration, one.Id, due, stop);
                Progress.Advance();
            });
            if (page.Count < PageSize)
            {
                break;
            }

            after = page[^1].Id;
        }

        return $"{Count(Renewal.Fresh)} renewed, {Count(Renewal.SignInNeeded)} have to sign in again, {Count(Renewal.Away) + Count(Renewal.ApplicationRefused)} put off, {_failed} failed, {_leftAlone.Count} tenants left alone";

        int Count(Renewal renewal) => _counts.GetValueOrDefault(renewal);
    }

    private async Task RenewAsync(SsoConfiguration configuration, Guid identityId, DateTimeOffset due, CancellationToken ct)
    {
        if (_leftAlone.ContainsKey(configuration.TenantId))
        {
            return;
        }

        try
        {
            await using var scope = scopes.CreateAsyncScope();
            var renewal = await scope.ServiceProvider.GetRequiredService<ProviderTokens>().RenewAsync(configuration, identityId, due, ct);
            _counts.AddOrUpdate(renewal, 1, (_, count) => count + 1);
            if (renewal is Renewal.Away or Renewal.ApplicationRefused)
            {
                _leftAlone.TryAdd(configuration.TenantId, renewal);
            }
        }
#pragma warning disable CA1031 // one person's failure of whatever kind must not keep the others waiting
        catch (Exception e) when (!ct.IsCancellationRequested)
#pragma warning restore CA1031
        {
            Interlocked.Increment(ref _failed);
            LogFailed(e, identityId, configuration.TenantId);
        }
    }

    [LoggerMessage(EventId = 4305, Level = LogLevel.Warning, Message = "The provider's tokens of identity {IdentityId} in tenant {TenantId} could not be renewed; the next run tries again")]
    private partial void LogFailed(Exception exception, Guid identityId, Guid tenantId);
}
