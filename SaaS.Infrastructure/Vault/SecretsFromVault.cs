using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using SaaS.Infrastructure.Settings;

namespace SaaS.Infrastructure.Vault;

/// <summary>Reads the host's secrets from Vault before anything else asks for them, where that was chosen (<c>Secrets:Source</c>).</summary>
public static partial class SecretsFromVault
{
    public const string Section = "Secrets";

    private static readonly (TimeSpan Least, TimeSpan Most) Polling = (TimeSpan.FromSeconds(1), TimeSpan.FromHours(1));

    /// <summary>Goes before whatever reads settings, and takes old names for ours.</summary>
    /// <param name="demanded">What all rooms together demand of their secrets, at the start and of whatever Vault holds later.</param>
    /// <param name="provisions">Whether the connection of the provisioning role is read, too.</param>
    /// <exception cref="InvalidSettingsException">Secrets are missing or too weak: all of them, by name.</exception>
    public static void AddSecretsSource(this IHostApplicationBuilder builder, SecretRule demanded, bool provisions)
    {
        StartupErrors.EndReadably();
        LegacyEnvironmentVariables.Add(builder.Configuration); // they may choose Vault
        builder.Services.AddSettings<SecretsOptions>(Section);
        var check = new SecretsCheck(demanded, builder.Environment);
        var options = SettingsBinder.Read<SecretsOptions>(builder.Configuration, Section);
        if (options.Source is SecretsSource.Vault)
        {
            builder.AddVaultSource(options, check, provisions);
        }

        check.Demand(builder.Configuration);
    }

    private static void AddVaultSource(this IHostApplicationBuilder builder, SecretsOptions options, SecretsCheck check, bool provisions)
    {
        Check(options);
        var provider = new VaultSettingsProvider(Read(builder, options, provisions));
        builder.Configuration.Add(provider);
        builder.AddVault();
        builder.Services.AddSingleton(services => new WatchSecrets(
            new VaultSettings(new VaultSecrets(services.GetRequiredService<VaultClient>(), options.Mount), options, provisions),
            provider,
            options,
            check,
            services.GetServices<SettingsSection>(),
            services.GetRequiredService<IConfiguration>(),
            services,
            services.GetRequiredService<TimeProvider>(),
            services.GetRequiredService<ILogger<WatchSecrets>>()));
        builder.Services.AddHostedService(services => services.GetRequiredService<WatchSecrets>());
        builder.Services.AddSingleton<SecretsRefresh>(services => new VaultRefresh(services.GetRequiredService<WatchSecrets>()));
    }

    private sealed class VaultRefresh(WatchSecrets watch) : SecretsRefresh
    {
        public override Task RefreshAsync(CancellationToken ct) => watch.LookAgainAsync(ct);
    }

    /// <summary>Where Vault is, as the configuration says, once that can be right.</summary>
    internal static VaultOptions VaultOf(IConfiguration configuration, IHostEnvironment environment)
    {
        var vault = SettingsBinder.Read<VaultOptions>(configuration, SecretsRegistration.VaultSection);
        return new VaultOptionsRules(environment).Validate(name: null, vault) is { Failed: true, Failures: { } failures }
            ? throw new InvalidSettingsException(string.Join(' ', failures))
            : vault;
    }

    /// <exception cref="InvalidSettingsException">They cannot be right.</exception>
    internal static void Check(SecretsOptions options)
    {
        foreach (var (key, value) in new[] { (nameof(options.Mount), options.Mount), (nameof(options.Path), options.Path), (nameof(options.Environment), options.Environment ?? "") })
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
        using var vault = new VaultClient(VaultOf(builder.Configuration, builder.Environment), TimeProvider.System, NullLoggerFactory.Instance);
        try
        {
            // What comes next reads its settings in constructors and methods that cannot wait.
            return Task.Run(() => new VaultSettings(new VaultSecrets(vault, options.Mount), options, provisions).ReadAsync(CancellationToken.None)).GetAwaiter().GetResult();
        }
        catch (VaultException e)
        {
            throw new InvalidSettingsException($"Secrets:Source is vault, and without Vault there are no secrets to start with: {e.Message}", e);
        }
    }

    [GeneratedRegex(@"^[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)*\z")]
    private static partial Regex PathPart();
}
