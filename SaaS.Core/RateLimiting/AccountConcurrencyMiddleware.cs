using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using SaaS.Core.Access;
using SaaS.Core.Http;

namespace SaaS.Core.RateLimiting;

/// <summary>
/// Serves so many requests of one account at a time, the next ones in order: an account that sends many at once waits for itself, and
/// not everybody for it. A request counts until its answer begins. Uploads, which come at their sender's pace, have a limit of their own.
/// </summary>
internal sealed class AccountConcurrencyMiddleware(RequestDelegate next, IOptions<RequestLimitOptions> options, TimeProvider clock) : IAsyncDisposable
{
    private readonly PartitionedRateLimiter<Guid> _accounts = PartitionedRateLimiter.Create<Guid, Guid>(accountId => RateLimitPartition.GetConcurrencyLimiter(
        accountId, _ => new ConcurrencyLimiterOptions { PermitLimit = options.Value.PerAccount, QueueLimit = options.Value.QueuePerAccount }));

    public Task InvokeAsync(HttpContext http) =>
        CurrentUser.Of(http) is { } currentUser && !RequestBody.IsStreamed(http) ? ServeAsync(http, currentUser.UserId) : next(http);

    public ValueTask DisposeAsync() => _accounts.DisposeAsync();

    private async Task ServeAsync(HttpContext http, Guid accountId)
    {
        var (turn, hasWaited) = await AcquireAsync(accountId, http.RequestAborted);
        using var taken = turn;
        if (!turn.IsAcquired)
        {
            // Whoever has waited in vain asked for no more than may wait: what they wait for is too slow.
            var refusal = hasWaited ? HttpProblems.Unavailable : RateLimits.Exceeded with { RetryAfter = TimeSpan.FromSeconds(1) };
            await refusal.ToHttp().ExecuteAsync(http);
            return;
        }

        http.Response.OnStarting(
            static served =>
            {
                ((IDisposable)served).Dispose();
                return Task.CompletedTask;
            },
            turn);
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
            return (_accounts.AttemptAcquire(accountId), true); // most likely not; whoever has waited that long is told to come back
        }
    }
}
