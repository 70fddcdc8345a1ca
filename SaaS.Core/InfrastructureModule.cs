using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using SaaS.Core.Identity.Sessions;
using SaaS.Core.Operations;
using SaaS.Infrastructure.Dns;
using SaaS.Infrastructure.Entra;
using SaaS.Infrastructure.Mail;
using SaaS.Infrastructure.Messaging;
using SaaS.Infrastructure.Objects;
using SaaS.Infrastructure.Postgres;
using SaaS.Infrastructure.Redis;
using SaaS.Infrastructure.Settings;
using SaaS.Infrastructure.Vault;

namespace SaaS.Core;

/// <summary>The backing services of the product, one line each.</summary>
internal static class InfrastructureModule
{
    public static void AddInfrastructure(this IHostApplicationBuilder builder, bool provisions)
    {
        // First: everything below reads the settings that it adds.
        builder.AddSecretsSource((configuration, environment) => ValidateSecrets(configuration, environment, provisions), provisions);
        builder.AddPostgres();
        builder.AddRedis();
        builder.AddMessaging();
        builder.AddObjects();
        builder.AddMail();
        builder.AddSecrets();
        builder.AddEntra();
        builder.AddDns();
        if (provisions)
        {
            builder.AddPostgresProvisioning();
        }

        // EF logs every failed statement as an error, also an expected one; an unexpected one is thrown and logged where it is handled.
        builder.Logging.AddFilter("Microsoft.EntityFrameworkCore", LogLevel.None);
        builder.Services.TryAddSingleton(TimeProvider.System);
    }

    // All at once, so that the operator sees every invalid secret at the first start.
    private static IEnumerable<SecretFault> ValidateSecrets(IConfiguration configuration, IHostEnvironment environment, bool provisions) =>
        [
            .. PostgresSecrets.Validate(configuration, provisions),
            .. RedisSecrets.Validate(configuration),
            .. ObjectsSecrets.Validate(configuration),
            .. MessagingRegistration.ValidateSecrets(configuration),
            .. MailRegistration.ValidateSecrets(configuration),
            .. SigningSecrets.Validate(configuration),
            .. SecretsRegistration.ValidateSecrets(configuration, environment),
            .. CreatePlatformAdmin.ValidateConfiguration(configuration),
        ];
}
