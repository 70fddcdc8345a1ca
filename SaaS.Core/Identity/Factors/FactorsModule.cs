using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using SaaS.Core.Encryption;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Persistence;
using SaaS.Infrastructure.Settings;

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

        public DbSet<PasskeyChallenge> PasskeyChallenges => db.Set<PasskeyChallenge>();
    }

    /// <param name="services">The services of the host.</param>
    /// <param name="pages">The public address of the account pages, whose host and origin passkeys are bound to by default.</param>
    public static void AddFactors(this IServiceCollection services, string? pages)
    {
        services
            .AddSettings<PasskeyOptions>("Passkeys")
            .PostConfigure(options =>
            {
                var address = Uri.TryCreate(pages, UriKind.Absolute, out var uri) ? uri : null;
                options.RelyingPartyId = options.RelyingPartyId is "" ? address?.Host ?? "" : options.RelyingPartyId;
                options.Origins =
                    options.Origins is [] && address is not null ? [address.GetLeftPart(UriPartial.Authority)] : options.Origins;
            });
        services.AddScoped<Passkeys>();
        services.AddSingleton<EncryptedColumn>(
            new EncryptedColumn<Factor>(Factor.SecretPurpose, tenantId: null, nameof(Factor.Id), nameof(Factor.EncryptedSecret))
        );
        services.AddScoped<SecondFactors>();
        services.AddScoped<CredentialRevoker, FactorRevoker>();
    }
}
