using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace SaaS.Platform.Secrets;

/// <summary>What seals secrets at rest: the local key ring, under a master key from the configuration.</summary>
public static class SecretsEngine
{
    /// <summary>Base64 of 32 random bytes. Whoever loses it loses every tenant's database password.</summary>
    public const string MasterKeyPath = "Encryption:MasterKey";

    public static void AddSecrets(this IHostApplicationBuilder builder) =>
        builder.Services.AddSingleton<Cipher>(new KeyRingCipher(MasterKey(builder.Configuration[MasterKeyPath])));

    private static byte[] MasterKey(string? base64)
    {
        var key = new byte[32];
        return Convert.TryFromBase64String(base64 ?? "", key, out var length) && length == key.Length
            ? key
            : throw new InvalidOperationException($"{MasterKeyPath} must be the base64 of 32 random bytes.");
    }
}
