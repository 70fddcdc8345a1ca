using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using SaaS.Infrastructure.Settings;

namespace SaaS.Infrastructure.Vault;

/// <summary>
/// Polls Vault for changed secrets and applies them. While Vault is unavailable, or its secrets are invalid, the current ones stay.
/// </summary>
internal sealed partial class SecretsMonitor(
    VaultSettings vault,
    VaultSettingsProvider settings,
    SecretsOptions options,
    SecretsCheck check,
    IEnumerable<SettingsSection> sections,
    IConfiguration configuration,
    IServiceProvider services,
    TimeProvider clock,
    ILogger<SecretsMonitor> logger
) : BackgroundService
{
    /// <summary>The minimum interval of polls, however many callers request one.</summary>
    private static readonly TimeSpan LeastInterval = TimeSpan.FromSeconds(1);

    /// <summary>The time for which a rejected caller waits for Vault.</summary>
    private static readonly TimeSpan RefreshTimeout = TimeSpan.FromSeconds(5);

    private readonly SemaphoreSlim _looking = new(1);
    private long? _lookedAt;
    private string? _complaint;

    /// <summary>Polls now; returns when a poll that began after this call has ended, or after a timeout.</summary>
    public async Task PollNowAsync(CancellationToken ct)
    {
        var asked = clock.GetTimestamp();
        using var timeout = new CancellationTokenSource(RefreshTimeout, clock);
        using var until = CancellationTokenSource.CreateLinkedTokenSource(ct, timeout.Token);
        try
        {
            await _looking.WaitAsync(until.Token);
            try
            {
                if (_lookedAt is { } last && last < asked && clock.GetElapsedTime(last) is var since && since < LeastInterval)
                {
                    await Task.Delay(LeastInterval - since, clock, until.Token);
                }

                if (_lookedAt is null || _lookedAt < asked)
                {
                    await PollAsync(until.Token);
                }
            }
            finally
            {
                _looking.Release();
            }
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            // The secrets stay as they are.
        }
    }

    public override void Dispose()
    {
        _looking.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.PollInterval, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            await _looking.WaitAsync(stoppingToken);
            try
            {
                await PollAsync(stoppingToken);
            }
            finally
            {
                _looking.Release();
            }
        }
    }

    private async Task PollAsync(CancellationToken ct)
    {
        _lookedAt = clock.GetTimestamp();
        try
        {
            Apply(await vault.ReadAsync(ct));
        }
        catch (VaultException e)
        {
            LogOnce(e.Message, LogAway);
        }
        catch (InvalidOperationException e)
        {
            LogOnce(e.Message, LogUnusable);
        }
        catch (AggregateException e)
        {
            // A message may quote a value
            LogOnce(string.Join(' ', e.Flatten().InnerExceptions.Select(inner => inner.GetType().Name)), LogUnusable);
        }
    }

    private void Apply(IReadOnlyDictionary<string, string?> found)
    {
        var changed = settings.GetChanges(found);
        if (changed is not [] && Validate(settings.Preview(configuration, found), changed) is not [] and var faults)
        {
            LogOnce(string.Join(' ', faults), LogUnusable);
            return;
        }

        _complaint = null;
        if (changed is not [])
        {
            settings.Replace(found);
            LogChanged(string.Join(", ", changed));
        }
    }

    private IReadOnlyList<string> Validate(IConfiguration preview, IReadOnlyList<string> changed) =>
        [
            .. check.Validate(preview).Select(fault => fault.Sentence),
            .. sections
                .Where(section => changed.Any(key => key.StartsWith($"{section.Name}:", StringComparison.OrdinalIgnoreCase)))
                .SelectMany(section => section.Validate(preview, services)),
        ];

    // Logs a failure once, not at each poll.
    private void LogOnce(string complaint, Action<string> log)
    {
        if (_complaint != complaint)
        {
            _complaint = complaint;
            log(complaint);
        }
    }

    [LoggerMessage(1911, LogLevel.Information, "Applied changed secrets from Vault: {Names}")]
    private partial void LogChanged(string names);

    [LoggerMessage(1912, LogLevel.Warning, "Secrets could not be read from Vault, so the current ones stay: {Reason}")]
    private partial void LogAway(string reason);

    [LoggerMessage(1913, LogLevel.Error, "The secrets in Vault are invalid, so the current ones stay: {Reason}")]
    private partial void LogUnusable(string reason);
}
