using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using SaaS.Infrastructure.Encryption;
using SaaS.Infrastructure.Settings;

namespace SaaS.Infrastructure.Vault;

/// <summary>Registers encryption at rest. The provider is chosen explicitly, never by the settings that happen to exist.</summary>
public static class SecretsRegistration
{
    public const string Section = "Encryption";

    public const string VaultSection = "Vault";

    /// <summary>
    /// Longer than keys are cached, because a second rotation retires the version that another process may still encrypt with.
    /// </summary>
    private static readonly TimeSpan LeastRotateAfter = TimeSpan.FromHours(1);

    /// <summary>Checks the master key, and the connection settings of Vault, where they are used.</summary>
    public static IEnumerable<SecretFault> ValidateSecrets(IConfiguration configuration, IHostEnvironment environment)
    {
        EncryptionOptions encryption;
        VaultOptions vault;
        SecretsSource source;
        try
        {
            encryption = OptionsOf(configuration);
            vault = configuration.GetSection(VaultSection).Get<VaultOptions>() ?? new VaultOptions();
            source = configuration.GetValue<SecretsSource>($"{SecretsFromVault.Section}:{nameof(SecretsOptions.Source)}");
        }
        catch (InvalidOperationException)
        {
            return []; // the options are validated where they are read
        }

        CipherProvider?[] used = [encryption.Provider, encryption.FormerProvider];
        return
        [
            .. encryption.Provider is null
                ? [SecretFault.Unusable($"{Section}:{nameof(EncryptionOptions.Provider)}", "must be keyring or vault.")]
                : Array.Empty<SecretFault>(),
            .. used.Contains(CipherProvider.KeyRing) ? MasterKeys.Validate(encryption) : [],
            .. used.Contains(CipherProvider.Vault) || source is SecretsSource.Vault
                ? new VaultOptionsValidator(environment)
                    .FailuresOf(vault)
                    .Select(failure => new SecretFault(VaultSection, failure, IsWeak: false))
                : [],
        ];
    }

    public static void AddSecrets(this IHostApplicationBuilder builder)
    {
        // Read at registration, so that invalid keys stop the start.
        var encryption = OptionsOf(builder.Configuration);
        if (encryption.RotateAfter < LeastRotateAfter)
        {
            throw new InvalidSettingsException($"Encryption:RotateAfter must be at least {LeastRotateAfter:c}.");
        }

        if (encryption.FormerProvider == encryption.Provider && encryption.Provider is not null)
        {
            throw new InvalidSettingsException(
                "Encryption:FormerProvider must differ from Encryption:Provider; remove it when no migration is in progress."
            );
        }

        builder.Services.AddSettings<EncryptionOptions>(Section);
        var current = builder.CipherOf(encryption, encryption.Provider);
        var former = encryption.FormerProvider is { } provider ? builder.CipherOf(encryption, provider) : null;
        builder.Services.AddSingleton(services =>
            former is null ? current(services) : new MigratingCipher(current(services), former(services))
        );
    }

    private static Func<IServiceProvider, Cipher> CipherOf(
        this IHostApplicationBuilder builder,
        EncryptionOptions encryption,
        CipherProvider? provider
    )
    {
        switch (provider)
        {
            case CipherProvider.KeyRing:
                var (master, retired) = (MasterKeys.Current(encryption), MasterKeys.Retired(encryption));
                return services => new KeyRingCipher(
                    master,
                    retired,
                    services.GetRequiredService<CipherKeyStore>(),
                    services.GetRequiredService<TimeProvider>()
                );
            case CipherProvider.Vault:
                builder.AddVault();
                builder
                    .Services.AddHealthChecks()
                    .AddCheck<VaultHealthCheck>(
                        "vault",
                        failureStatus: HealthStatus.Degraded,
                        tags: ["ready"],
                        timeout: TimeSpan.FromSeconds(3)
                    );
                return services => new TransitCipher(
                    new VaultTransit(
                        services.GetRequiredService<VaultClient>(),
                        services.GetRequiredService<IOptions<VaultOptions>>().Value.TransitMount
                    )
                );
            default:
                throw new InvalidSettingsException("Encryption:Provider must be keyring or vault.");
        }
    }

    /// <summary>Registers one client, for encryption and for secrets.</summary>
    internal static void AddVault(this IHostApplicationBuilder builder)
    {
        if (builder.Services.Any(service => service.ServiceType == typeof(VaultClient)))
        {
            return;
        }

        builder.Services.AddSettings<VaultOptions>(VaultSection);
        builder.Services.AddSingleton<IValidateOptions<VaultOptions>, VaultOptionsValidator>();
        builder.Services.AddSingleton(services => new VaultClient(
            services.GetRequiredService<IOptions<VaultOptions>>().Value,
            services.GetRequiredService<TimeProvider>(),
            services.GetRequiredService<ILoggerFactory>()
        ));
    }

    private static EncryptionOptions OptionsOf(IConfiguration configuration) =>
        SettingsBinder.Read<EncryptionOptions>(configuration, Section);

    private sealed class VaultHealthCheck(VaultClient vault) : IHealthCheck
    {
        public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
        {
            try
            {
                await vault.CheckAsync(cancellationToken);
                return HealthCheckResult.Healthy();
            }
            catch (IOException e)
            {
                return new HealthCheckResult(context.Registration.FailureStatus, "Secrets cannot be decrypted", e);
            }
        }
    }
}
