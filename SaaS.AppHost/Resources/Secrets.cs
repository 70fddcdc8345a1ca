using SaaS.AppHost.Lifecycle;

namespace SaaS.AppHost.Resources;

/// <summary>Generated secrets, stored in the data folder's key ring, in user secrets or by the deployment tool.</summary>
internal static class Secrets
{
    /// <summary>Adds a secret parameter of letters and digits only, so that connection strings and URIs need no escaping.</summary>
    public static IResourceBuilder<ParameterResource> AddSecret(
        this IDistributedApplicationBuilder builder,
        string name,
        AppHostRun run,
        int length = 32
    ) =>
        run.Keys is { } keys && run.Services is BackingServices.Local
            ? builder.AddParameter(name, () => ReadFromKeyRing(name, keys), secret: true)
            : builder.AddParameter(name, new GenerateParameterDefault { MinLength = length, Special = false }, secret: true, persist: true);

    private static string ReadFromKeyRing(string name, LocalServices.KeyRing keys) =>
        name switch
        {
            "postgres-password" => keys.PostgresPassword,
            "redis-password" => keys.RedisPassword,
            "saas-app-password" => keys.AppPassword,
            "saas-provisioner-password" => keys.ProvisionerPassword,
            "jwt-signing-key" => keys.JwtSigningKey,
            "encryption-master-key" => keys.EncryptionMasterKey.TrimEnd('='),
            _ => throw new ArgumentOutOfRangeException(nameof(name), name, "The key ring has no such secret."),
        };
}
