using System.Security.Cryptography;

namespace SaaS.LocalServices;

/// <summary>The secrets of a data folder, created at the first start.</summary>
internal sealed record KeyRing(
    string PostgresPassword,
    string AppPassword,
    string ProvisionerPassword,
    string RedisPassword,
    string JwtSigningKey,
    string EncryptionMasterKey,
    string DashboardToken,
    string MailsToken
)
{
    // Letters and digits only, so that connection strings and URLs need no escaping.
    private const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    internal static KeyRing LoadOrCreate(string folder) =>
        new(
            LoadOrCreate(folder, "postgres", Password),
            LoadOrCreate(folder, "saas_app", Password),
            LoadOrCreate(folder, "saas_provisioner", Password),
            LoadOrCreate(folder, "redis", Password),
            LoadOrCreate(folder, "jwt-signing-key", () => RandomNumberGenerator.GetString(Alphabet, 64)),
            LoadOrCreate(folder, "encryption-master-key", () => Convert.ToBase64String(RandomNumberGenerator.GetBytes(32))),
            LoadOrCreate(folder, "dashboard-token", Password),
            LoadOrCreate(folder, "mails-token", Password)
        );

    private static string Password() => RandomNumberGenerator.GetString(Alphabet, 32);

    private static string LoadOrCreate(string folder, string name, Func<string> create)
    {
        var file = Path.Combine(folder, name);
        if (!File.Exists(file))
        {
            // Written atomically, because a partial key would make the data inaccessible.
            PrivateFolder.Write(file + ".new", create());
            File.Move(file + ".new", file);
        }

        return File.ReadAllText(file);
    }
}
