using System.Collections.Concurrent;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using SaaS.Core.Persistence;

namespace SaaS.Core.Tenancy.ServiceAccounts;

/// <summary>
/// Writes the times of the last use of API keys in the background, each key at most once a minute, so that no request waits for it. A
/// failed write is repeated, and a host that stops writes what is pending.
/// </summary>
internal sealed partial class ApiKeyUses(IServiceScopeFactory scopes, TimeProvider clock, ILogger<ApiKeyUses> logger) : BackgroundService
{
    /// <summary>The accuracy of <see cref="ApiKey.LastUsedAt"/>.</summary>
    private static readonly TimeSpan Precision = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan FlushInterval = TimeSpan.FromSeconds(1);

    private const int Capacity = 100_000;

    private readonly ConcurrentDictionary<Guid, DateTimeOffset> _recorded = [];
    private readonly ConcurrentDictionary<Guid, DateTimeOffset> _pending = [];
    private bool _hasFailed;

    /// <summary>Records a use; does nothing when one of the last minute is recorded.</summary>
    public void Record(Guid keyId)
    {
        var now = clock.GetUtcNow();
        if (_recorded.TryGetValue(keyId, out var last) && now - last < Precision)
        {
            return;
        }

        if (_recorded.Count >= Capacity)
        {
            _recorded.Clear(); // costs further writes of the same minute, which change nothing
        }

        _recorded[keyId] = now;
        _pending[keyId] = now;
    }

    /// <inheritdoc/>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await FlushAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(FlushInterval, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            await FlushAsync(stoppingToken);
        }
    }

    private async Task FlushAsync(CancellationToken ct)
    {
        if (_pending.IsEmpty)
        {
            return;
        }

        try
        {
            await using var scope = scopes.CreateAsyncScope();
            var db = scope.ServiceProvider.GetRequiredService<ControlDbContext>();
            foreach (var use in _pending)
            {
                var (keyId, usedAt) = use;
                // One statement for each key: holding the locks of several could deadlock with a request that deletes them.
                await db
                    .ApiKeys.Where(key => key.Id == keyId && (key.LastUsedAt == null || key.LastUsedAt < usedAt))
                    .ExecuteUpdateAsync(set => set.SetProperty(key => key.LastUsedAt, usedAt), ct);
                _pending.TryRemove(use); // stays when the key was used again meanwhile
            }

            _hasFailed = false;
        }
#pragma warning disable CA1031 // the database may be unavailable for a while: the next flush repeats what is pending
        catch (Exception e) when (!ct.IsCancellationRequested)
#pragma warning restore CA1031
        {
            if (!_hasFailed) // once in an outage
            {
                LogNotWritten(e, _pending.Count);
            }

            _hasFailed = true;
        }
    }

    [LoggerMessage(
        EventId = 4111,
        Level = LogLevel.Warning,
        Message = "The last use of {Keys} API keys could not be written; it is repeated"
    )]
    private partial void LogNotWritten(Exception exception, int keys);
}
