using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using SaaS.Core.Encryption;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Persistence;

namespace SaaS.Core.Identity.Factors;

/// <summary>
/// The second factors of accounts and their recovery codes: how they are stored and verified. Multi-factor authentication
/// (<c>Identity/Mfa</c>) registers them and signs in with them.
/// </summary>
internal static class FactorsModule
{
    extension(ControlDbContext db)
    {
        public DbSet<Factor> Factors => db.Set<Factor>();

        public DbSet<RecoveryCode> RecoveryCodes => db.Set<RecoveryCode>();
    }

    public static void AddFactors(this IServiceCollection services)
    {
        services.AddSingleton<EncryptedColumn>(
            new EncryptedColumn<Factor>(Factor.SecretPurpose, tenantId: null, nameof(Factor.Id), nameof(Factor.EncryptedSecret))
        );
        services.AddScoped<SecondFactors>();
        services.AddScoped<CredentialRevoker, FactorRevoker>();
    }
}
