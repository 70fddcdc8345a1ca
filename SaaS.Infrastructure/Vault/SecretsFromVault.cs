using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using SaaS.Infrastructure.Settings;

namespace SaaS.Infrastructure.Vault;

/// <summary>Reads the secrets of the host from Vault before anything else needs them, when <c>Secrets:Source</c> chooses it.</summary>
public static partial class SecretsFromVault
{
    public const string Section = "Secrets";

    private static readonly (TimeSpan Least, TimeSpan Most) Polling = (TimeSpan.FromSeconds(1), TimeSpan.FromHours(1));

    /// <summary>Registers the source of secrets and the legacy environment variables. Call it before anything reads settings.</summary>
    /// <param name="rule">The checks of all modules, applied at the start and to every change in Vault.</param>
    /// <param name="provisions">True when the connection of the provisioning role is needed, too.</param>
    /// <exception cref="InvalidSettingsException">Secrets are missing or too weak; the message names all of them.</exception>
    public static void AddSecretsSource(this IHostApplicationBuilder builder, SecretRule rule, bool provisions)
    {
        StartupErrors.HandleUnhandledExceptions();
        LegacyEnvironmentVariables.Add(builder.Configuration); // they may choose Vault
        builder.Services.AddSettings<SecretsOptions>(Section);
        var check = new SecretsCheck(rule, builder.Environment);
        var options = SettingsBinder.Read<SecretsOptions>(builder.Configuration, Section);
        if (options.Source is SecretsSource.Vault)
        {
            builder.AddVaultSource(options, check, provisions);
        }

        check.ThrowIfInvalid(builder.Configuration);
    }

    private static void AddVaultSource(this IHostApplicationBuilder builder, SecretsOptions options, SecretsCheck check, bool provisions)
    {
        Validate(options);
        var provider = new VaultSettingsProvider(Read(builder, options, provisions));
        builder.Configuration.Add(provider);
        builder.AddVault();
        builder.Services.AddSingleton(services => new SecretsMonitor(
            new VaultSettings(new VaultSecrets(services.GetRequiredService<VaultClient>(), options.Mount), options, provisions),
            provider,
            options,
            check,
            services.GetServices<SettingsSection>(),
            services.GetRequiredService<IConfiguration>(),
            services,
            services.GetRequiredService<TimeProvider>(),
            services.GetRequiredService<ILogger<SecretsMonitor>>()
        ));
        builder.Services.AddHostedService(services => services.GetRequiredService<SecretsMonitor>());
        builder.Services.AddSingleton<SecretsRefresh>(services => new VaultRefresh(services.GetRequiredService<SecretsMonitor>()));
    }

    private sealed class VaultRefresh(SecretsMonitor watch) : SecretsRefresh
    {
        public override Task RefreshAsync(CancellationToken ct) => watch.PollNowAsync(ct);
    }

    /// <summary>Reads and validates the connection settings of Vault.</summary>
    internal static VaultOptions ReadVaultOptions(IConfiguration configuration, IHostEnvironment environment)
    {
        var vault = SettingsBinder.Read<VaultOptions>(configuration, SecretsRegistration.VaultSection);
        return new VaultOptionsValidator(environment).Validate(name: null, vault) is { Failed: true, Failures: { } failures }
            ? throw new InvalidSettingsException(string.Join(' ', failures))
            : vault;
    }

    /// <exception cref="InvalidSettingsException">The settings are invalid.</exception>
    internal static void Validate(SecretsOptions options)
    {
        foreach (
            var (key, value) in new[]
            {
                (nameof(options.Mount), options.Mount),
                (nameof(options.Path), options.Path),
                (nameof(options.Environment), options.Environment ?? ""),
            }
        )
        {
            if (!PathPart().IsMatch(value))
            {
                throw new InvalidSettingsException($"Secrets:{key} must be a path in Vault, such as prod, without a slash at either end.");
            }
        }

        if (options.PollInterval < Polling.Least || options.PollInterval > Polling.Most)
        {
            throw new InvalidSettingsException($"Secrets:PollInterval must be between {Polling.Least:c} and {Polling.Most:c}.");
        }
    }

    private static IReadOnlyDictionary<string, string?> Read(IHostApplicationBuilder builder, SecretsOptions options, bool provisions)
    {
        using var vault = new VaultClient(
            ReadVaultOptions(builder.Configuration, builder.Environment),
            TimeProvider.System,
            NullLoggerFactory.Instance
        );
        try
        {
            // Later registrations read their settings in constructors and methods that cannot await.
            return Task.Run(() =>
                    new VaultSettings(new VaultSecrets(vault, options.Mount), options, provisions).ReadAsync(CancellationToken.None)
                )
                .GetAwaiter()
                .GetResult();
        }
        catch (VaultException e)
        {
            throw new InvalidSettingsException(
                $"Secrets:Source is vault, and without Vault there are no secrets to start with: {e.Message}",
                e
            );
        }
    }

    [GeneratedRegex(@"^[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)*\z")]
    private static partial Regex PathPart();
}
