using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using SaaS.Infrastructure.Settings;

namespace SaaS.Infrastructure.Vault;

/// <summary>Looks from time to time whether Vault holds other secrets than this host works with. While it cannot be asked, or holds what cannot be right, the last ones stay.</summary>
internal sealed partial class WatchSecrets(
    VaultSettings vault, VaultSettingsProvider settings, SecretsOptions options, SecretsCheck check, IEnumerable<SettingsSection> sections, IConfiguration configuration, IServiceProvider services,
    TimeProvider clock, ILogger<WatchSecrets> logger) : BackgroundService
{
    /// <summary>How often Vault is asked at most, however many are refused with what this host has.</summary>
    private static readonly TimeSpan LeastInterval = TimeSpan.FromSeconds(1);

    /// <summary>How long somebody who was refused waits for Vault.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly SemaphoreSlim _looking = new(1);
    private long? _lookedAt;
    private string? _complaint;

    /// <summary>Looks now: ends when a look that began after this call has ended, or when that takes too long.</summary>
    public async Task LookAgainAsync(CancellationToken ct)
    {
        var asked = clock.GetTimestamp();
        using var patience = new CancellationTokenSource(Patience, clock);
        using var until = CancellationTokenSource.CreateLinkedTokenSource(ct, patience.Token);
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
                    await LookAsync(until.Token);
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
                await LookAsync(stoppingToken);
            }
            finally
            {
                _looking.Release();
            }
        }
    }

    private async Task LookAsync(CancellationToken ct)
    {
        _lookedAt = clock.GetTimestamp();
        try
        {
            Take(await vault.ReadAsync(ct));
        }
        catch (VaultException e)
        {
            Complain(e.Message, LogAway);
        }
        catch (InvalidOperationException e)
        {
            Complain(e.Message, LogUnusable);
        }
        catch (AggregateException e)
        {
            Complain(string.Join(' ', e.Flatten().InnerExceptions.Select(inner => inner.GetType().Name)), LogUnusable); // a message may quote a value
        }
    }

    private void Take(IReadOnlyDictionary<string, string?> found)
    {
        var changed = settings.ChangedBy(found);
        if (changed is not [] && FaultsIn(settings.Preview(configuration, found), changed) is not [] and var faults)
        {
            Complain(string.Join(' ', faults), LogUnusable);
            return;
        }

        _complaint = null;
        if (changed is not [])
        {
            settings.Replace(found);
            LogChanged(string.Join(", ", changed));
        }
    }

    private IReadOnlyList<string> FaultsIn(IConfiguration preview, IReadOnlyList<string> changed) =>
    [
        .. check.FaultsIn(preview).Select(fault => fault.Sentence),
        .. sections.Where(section => changed.Any(key => key.StartsWith($"{section.Name}:", StringComparison.OrdinalIgnoreCase))).SelectMany(section => section.FaultsIn(preview, services)),
    ];

    // Once, and not at each look.
    private void Complain(string complaint, Action<string> log)
    {
        if (_complaint != complaint)
        {
            _complaint = complaint;
            log(complaint);
        }
    }

    [LoggerMessage(1911, LogLevel.Information, "Vault holds other secrets now, and this host works with them: {Names}")]
    private partial void LogChanged(string names);

    [LoggerMessage(1912, LogLevel.Warning, "Secrets could not be read from Vault, and the last ones stay: {Reason}")]
    private partial void LogAway(string reason);

    [LoggerMessage(1913, LogLevel.Error, "What Vault holds now cannot be right, and the last secrets stay: {Reason}")]
    private partial void LogUnusable(string reason);
}
