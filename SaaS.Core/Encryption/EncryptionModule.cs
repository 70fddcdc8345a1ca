using Microsoft.Extensions.DependencyInjection;
using SaaS.Infrastructure.Encryption;

namespace SaaS.Core.Encryption;

/// <summary>Where the key ring keeps its keys. With Vault there is nothing in it.</summary>
internal static class EncryptionModule
{
    public static void AddEncryption(this IServiceCollection services) => services.AddSingleton<CipherKeyStore, ControlCipherKeyStore>();
}
