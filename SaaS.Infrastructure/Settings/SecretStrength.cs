namespace SaaS.Infrastructure.Settings;

/// <summary>
/// Estimates the strength of secrets. Each method returns null, or the weakness as the rest of a sentence that begins with the setting's
/// name, without the secret.
/// </summary>
public static class SecretStrength
{
    /// <summary>The minimum length of a text from which keys are derived.</summary>
    public const int LeastKeyLength = 64;

    private const int DifferentInPassword = 5;

    /// <summary>Shorter all-digit passwords are dates, telephone numbers and 12345678.</summary>
    private const int FewDigits = 16;

    // 64 random hexadecimal digits have fewer than ten different ones with a probability of 10^-12.
    private const int DifferentInKey = 10;

    // 32 random bytes practically never have fewer than sixteen different ones.
    private const int DifferentInBytes = 16;

    // Common defaults of servers and tutorials, without prefixes and suffixes.
    private static readonly string[] KnownDefaults =
    [
        "postgres",
        "postgresql",
        "password",
        "passwd",
        "pass",
        "pwd",
        "changeme",
        "changeit",
        "admin",
        "administrator",
        "root",
        "user",
        "guest",
        "test",
        "testing",
        "demo",
        "dev",
        "development",
        "default",
        "secret",
        "supersecret",
        "letmein",
        "welcome",
        "qwerty",
        "qwertyuiop",
        "abc",
        "redis",
        "foobared",
        "minio",
        "minioadmin",
        "minioroot",
        "miniosecret",
        "rustfsadmin",
        "saas",
        "saasapp",
        "saasprovisioner",
        "kafka",
        "vault",
        "smtp",
        "mail",
        "example",
    ];

    private static readonly string[] Examples =
    [
        "changeme",
        "change-me",
        "change_me",
        "replace-me",
        "replace_me",
        "example",
        "placeholder",
        "insecure",
        "your-",
        "your_",
        "yoursecret",
        "secret-key",
        "secret_key",
        "secretkey",
    ];

    /// <summary>Checks a password that a person may have chosen.</summary>
    /// <param name="user">The user of the password.</param>
    /// <param name="least">The minimum length.</param>
    public static string? CheckPassword(string password, string? user, int least) =>
        password switch
        {
            _ when IsSame(password, user) => "is the same as the user's name",
            _ when IsKnown(password) => "is a well-known default",
            _ when IsExample(password) => "is an example",
            _ when password.Length < least => $"has fewer than {least} characters",
            _ when password.Distinct().Count() < DifferentInPassword => $"has fewer than {DifferentInPassword} different characters",
            _ => null,
        };

    /// <summary>Checks a text from which keys are derived, which only its own randomness protects.</summary>
    public static string? CheckKey(string key) =>
        key switch
        {
            { Length: < LeastKeyLength } => $"has fewer than {LeastKeyLength} characters",
            _ when IsExample(key) => "is an example",
            _ when key.Distinct().Count() < DifferentInKey => $"has fewer than {DifferentInKey} different characters",
            _ when IsRepetition(key) => "repeats itself",
            _ => null,
        };

    /// <summary>Checks the bytes of a key.</summary>
    internal static string? CheckKeyBytes(byte[] key) =>
        key switch
        {
            _ when key.All(one => one is >= 0x20 and < 0x7f) => "is a text and not random",
            _ when key.Distinct().Count() < DifferentInBytes => $"has fewer than {DifferentInBytes} different bytes",
            _ when key.Zip(key.Skip(1), (one, next) => (byte)(next - one)).Distinct().Count() is 1 => "is a number sequence and not random",
            _ => null,
        };

    private static bool IsSame(string password, string? user) =>
        user is { Length: > 0 }
        && (
            password.Equals(user, StringComparison.OrdinalIgnoreCase)
            || (Normalize(user) is { Length: > 0 } core && core == Normalize(password))
        );

    private static bool IsKnown(string password)
    {
        var core = Normalize(password);
        var (one, other) = (core[..(core.Length / 2)], core[(core.Length / 2)..]);
        return core is "" ? password.Length < FewDigits : KnownDefaults.Contains(core) || (one == other && KnownDefaults.Contains(one));
    }

    private static bool IsExample(string secret) => Examples.Any(example => secret.Contains(example, StringComparison.OrdinalIgnoreCase));

    private static bool IsRepetition(string text) => (text + text).IndexOf(text, 1, StringComparison.Ordinal) < text.Length;

    /// <summary>Normalizes a password: <c>P@ssw0rd!1</c> becomes <c>password</c>.</summary>
    private static string Normalize(string password) =>
        string.Concat(
            password
                .Trim(NoLetters(password))
                .Select(one =>
                    char.ToLowerInvariant(one) switch
                    {
                        '0' => 'o',
                        '1' or '!' => 'i',
                        '3' => 'e',
                        '4' or '@' => 'a',
                        '5' or '$' => 's',
                        var character => character,
                    }
                )
                .Where(char.IsLetterOrDigit)
        );

    private static char[] NoLetters(string password) => [.. password.Where(one => !char.IsLetter(one)).Distinct()];
}
