using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace SaaS.Platform.Secrets;

/// <summary>What seals secrets at rest. It is chosen by name, never by what happens to be configured.</summary>
public static class SecretsEngine
{
    public const string Section = "Encryption";

    public const string VaultSection = "Vault";

    /// <summary>Two rotations must be further apart than a process remembers a key, or the second retires what that one still seals with.</summary>
    private static readonly TimeSpan LeastRotateAfter = TimeSpan.FromHours(1);

    public static void AddSecrets(this IHostApplicationBuilder builder)
    {
        // Read at once, so that keys that cannot be right stop the start.
        var encryption = builder.Configuration.GetSection(Section).Get<EncryptionOptions>(binder => binder.ErrorOnUnknownConfiguration = true) ?? new EncryptionOptions();
        if (encryption.RotateAfter < LeastRotateAfter)
        {
            throw new InvalidOperationException($"Encryption:RotateAfter must be at least {LeastRotateAfter:c}.");
        }

        builder.Services.AddSingleton(Options.Create(encryption));
        switch (encryption.Provider)
        {
            case CipherProvider.KeyRing:
                var (master, retired) = (MasterKeys.Current(encryption), MasterKeys.Retired(encryption));
                builder.Services.AddSingleton<Cipher>(services => new KeyRingCipher(
                    master, retired, services.GetRequiredService<CipherKeyStore>(), services.GetRequiredService<TimeProvider>()));
                break;
            case CipherProvider.Vault:
                builder.AddVault();
                builder.Services.AddHealthChecks().AddCheck<VaultHealthCheck>("vault", tags: ["ready"], timeout: TimeSpan.FromSeconds(3));
                builder.Services.AddSingleton<Cipher>(services => new TransitCipher(new VaultTransit(
                    services.GetRequiredService<VaultClient>(), services.GetRequiredService<IOptions<VaultOptions>>().Value.TransitMount)));
                break;
            default:
                throw new InvalidOperationException("Encryption:Provider must be keyring or vault.");
        }
    }

    /// <summary>One client, for whichever of keys and settings are in Vault.</summary>
    internal static void AddVault(this IHostApplicationBuilder builder)
    {
        if (builder.Services.Any(service => service.ServiceType == typeof(VaultClient)))
        {
            return;
        }

        builder.Services.AddOptions<VaultOptions>().BindConfiguration(VaultSection, binder => binder.ErrorOnUnknownConfiguration = true).ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<VaultOptions>, VaultOptionsRules>();
        builder.Services.AddSingleton(services => new VaultClient(
            services.GetRequiredService<IOptions<VaultOptions>>().Value, services.GetRequiredService<TimeProvider>(), services.GetRequiredService<ILoggerFactory>()));
    }

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
                return HealthCheckResult.Unhealthy("Secrets cannot be unsealed", e);
            }
        }
    }
}
