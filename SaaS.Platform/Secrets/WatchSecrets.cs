using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace SaaS.Platform.Secrets;

/// <summary>Looks from time to time whether Vault holds other secrets than this host works with. While it cannot be asked, or holds what cannot be right, the last ones stay.</summary>
internal sealed partial class WatchSecrets(VaultSettings vault, VaultSettingsProvider settings, SecretsOptions options, TimeProvider clock, ILogger<WatchSecrets> logger) : BackgroundService
{
    private string? _complaint;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.PollInterval, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                var changed = settings.Replace(await vault.ReadAsync(stoppingToken));
                _complaint = null;
                if (changed is not [])
                {
                    LogChanged(string.Join(", ", changed));
                }
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
                // An option's own sentences name keys, never values; what else there is may not be as careful.
                Complain(string.Join(' ', e.Flatten().InnerExceptions.Select(inner => inner is OptionsValidationException invalid ? invalid.Message : inner.GetType().Name)), LogUnusable);
            }
        }
    }

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
