using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using SaaS.Core.Access;
using SaaS.Core.Http;

namespace SaaS.Core.RateLimiting;

/// <summary>
/// Limits the concurrent requests of one account or service account and queues the others in order, so that one account cannot delay all others. A request
/// counts until its response starts; streamed uploads have a limit of their own.
/// </summary>
internal sealed class AccountConcurrencyMiddleware(RequestDelegate next, IOptions<RequestLimitOptions> options, TimeProvider clock)
    : IAsyncDisposable
{
    private readonly PartitionedRateLimiter<Guid> _accounts = PartitionedRateLimiter.Create<Guid, Guid>(accountId =>
        RateLimitPartition.GetConcurrencyLimiter(
            accountId,
            _ => new ConcurrencyLimiterOptions { PermitLimit = options.Value.PerAccount, QueueLimit = options.Value.QueuePerAccount }
        )
    );

    public Task InvokeAsync(HttpContext http) =>
        Principal.Get(http) is { } principal && !RequestBody.IsStreamed(http) ? ServeAsync(http, principal.Id) : next(http);

    public ValueTask DisposeAsync() => _accounts.DisposeAsync();

    private async Task ServeAsync(HttpContext http, Guid accountId)
    {
        var (lease, hasWaited) = await AcquireAsync(accountId, http.RequestAborted);
        using var heldLease = lease;
        if (!lease.IsAcquired)
        {
            // A request that was queued and timed out is within its limit: the server is too slow, so it is 503 and not 429.
            var problem = hasWaited ? HttpProblems.Unavailable : RateLimits.Exceeded with { RetryAfter = TimeSpan.FromSeconds(1) };
            await problem.ToHttp().ExecuteAsync(http);
            return;
        }

        http.Response.OnStarting(
            static served =>
            {
                ((IDisposable)served).Dispose();
                return Task.CompletedTask;
            },
            lease
        );
        await next(http);
    }

    private async ValueTask<(RateLimitLease Turn, bool HasWaited)> AcquireAsync(Guid accountId, CancellationToken ct)
    {
        var now = _accounts.AttemptAcquire(accountId);
        if (now.IsAcquired)
        {
            return (now, false);
        }

        now.Dispose();
        using var deadline = new CancellationTokenSource(options.Value.QueueTimeout, clock);
        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(ct, deadline.Token);
        try
        {
            return (await _accounts.AcquireAsync(accountId, permitCount: 1, waiting.Token), false);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return (_accounts.AttemptAcquire(accountId), true); // a last attempt, which most likely fails
        }
    }
}
