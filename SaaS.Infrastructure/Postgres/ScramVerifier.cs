using System.Security.Cryptography;

namespace SaaS.Infrastructure.Postgres;

/// <summary>
/// Computes the SCRAM verifier of a password (RFC 5803, <c>SCRAM-SHA-256$iterations:salt$StoredKey:ServerKey</c>), so that the password
/// itself is never part of a statement or of a server log.
/// </summary>
internal static class ScramVerifier
{
    private const int Iterations = 4096;

    public static string Create(string password)
    {
        var salt = RandomNumberGenerator.GetBytes(16);
        var salted = Rfc2898DeriveBytes.Pbkdf2(password, salt, Iterations, HashAlgorithmName.SHA256, outputLength: 32);
        var storedKey = SHA256.HashData(HMACSHA256.HashData(salted, "Client Key"u8));
        var serverKey = HMACSHA256.HashData(salted, "Server Key"u8);

        return $"SCRAM-SHA-256${Iterations}:{Convert.ToBase64String(salt)}${Convert.ToBase64String(storedKey)}:{Convert.ToBase64String(serverKey)}";
    }
}
