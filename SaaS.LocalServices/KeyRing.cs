using System.Security.Cryptography;

namespace SaaS.LocalServices;

/// <summary>The secrets of one data folder: created at the first start, kept beside the data that they protect.</summary>
internal sealed record KeyRing(
    string PostgresPassword,
    string AppPassword,
    string ProvisionerPassword,
    string RedisPassword,
    string JwtSigningKey,
    string EncryptionMasterKey,
    string DashboardToken,
    string MailsToken)
{
    // Letters and digits only: nothing that a connection string or an address would have to escape.
    private const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    internal static KeyRing LoadOrCreate(string folder) => new(
        LoadOrCreate(folder, "postgres", Password),
        LoadOrCreate(folder, "saas_app", Password),
        LoadOrCreate(folder, "saas_provisioner", Password),
        LoadOrCreate(folder, "redis", Password),
        LoadOrCreate(folder, "jwt-signing-key", () => RandomNumberGenerator.GetString(Alphabet, 64)),
        LoadOrCreate(folder, "encryption-master-key", () => Convert.ToBase64String(RandomNumberGenerator.GetBytes(32))),
        LoadOrCreate(folder, "dashboard-token", Password),
        LoadOrCreate(folder, "mails-token", Password));

    private static string Password() => RandomNumberGenerator.GetString(Alphabet, 32);

    private static string LoadOrCreate(string folder, string name, Func<string> create)
    {
        var file = Path.Combine(folder, name);
        if (!File.Exists(file))
        {
            // Whole or not at all: half a key would lock the data for ever.
            PrivateFolder.Write(file + ".new", create());
            File.Move(file + ".new", file);
        }

        return File.ReadAllText(file);
    }
}
