using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using SaaS.Core.Persistence;
using SaaS.Infrastructure.Encryption;

namespace SaaS.Core.Encryption;

/// <summary>Registers the key store of the key ring. With Vault it stays empty.</summary>
internal static class EncryptionModule
{
    extension(ControlDbContext db)
    {
        public DbSet<StoredCipherKey> CipherKeys => db.Set<StoredCipherKey>();
    }

    public static void AddEncryption(this IServiceCollection services) => services.AddSingleton<CipherKeyStore, ControlCipherKeyStore>();
}
