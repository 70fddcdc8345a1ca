namespace SaaS.Infrastructure.Settings;

/// <summary>
/// What is wrong with a secret, as far as that can be seen: how it was made cannot. Each answer is the rest of a sentence that begins
/// with the setting's name and never holds the secret; null when nothing is to be seen.
/// </summary>
public static class SecretStrength
{
    /// <summary>Of a text that keys are derived from.</summary>
    public const int LeastKeyLength = 64;

    private const int DifferentInPassword = 5;

    /// <summary>Fewer digits and nothing else are dates, telephone numbers and 12345678.</summary>
    private const int FewDigits = 16;

    // Of 64 random hexadecimal digits fewer than ten are different once in 10^12 times.
    private const int DifferentInKey = 10;

    // Of 32 random bytes fewer than sixteen are different never.
    private const int DifferentInBytes = 16;

    // As the makers of engines, tutorials and people in a hurry choose them; without what is put before or behind them.
    private static readonly string[] Known =
    [
        "postgres", "postgresql", "password", "passwd", "pass", "pwd", "changeme", "changeit", "admin", "administrator", "root", "user", "guest", "test",
        "testing", "demo", "dev", "development", "default", "secret", "supersecret", "letmein", "welcome", "qwerty", "qwertyuiop", "abc", "redis", "foobared",
        "minio", "minioadmin", "minioroot", "miniosecret", "rustfsadmin", "saas", "saasapp", "saasprovisioner", "kafka", "vault", "smtp", "mail", "example",
    ];

    private static readonly string[] Examples = ["changeme", "change-me", "change_me", "replace-me", "replace_me", "example", "placeholder", "insecure", "your-", "your_", "yoursecret", "secret-key", "secret_key", "secretkey"];

    /// <summary>A password that a person may have chosen.</summary>
    /// <param name="user">Whose it is.</param>
    /// <param name="least">The fewest characters that it may have.</param>
    public static string? OfPassword(string password, string? user, int least) => password switch
    {
        _ when IsSame(password, user) => "is the same as the user's name",
        _ when IsKnown(password) => "is a default that everybody knows",
        _ when IsExample(password) => "is an example",
        _ when password.Length < least => $"has fewer than {least} characters",
        _ when password.Distinct().Count() < DifferentInPassword => $"has fewer than {DifferentInPassword} different characters",
        _ => null,
    };

    /// <summary>A text that keys are derived from, so that nothing but its own randomness protects it.</summary>
    public static string? OfKey(string key) => key switch
    {
        { Length: < LeastKeyLength } => $"has fewer than {LeastKeyLength} characters",
        _ when IsExample(key) => "is an example",
        _ when key.Distinct().Count() < DifferentInKey => $"has fewer than {DifferentInKey} different characters",
        _ when IsRepetition(key) => "repeats itself",
        _ => null,
    };

    /// <summary>Bytes that are a key.</summary>
    internal static string? OfBytes(byte[] key) => key switch
    {
        _ when key.All(one => one is >= 0x20 and < 0x7f) => "is a text and not random",
        _ when key.Distinct().Count() < DifferentInBytes => $"has fewer than {DifferentInBytes} different bytes",
        _ when key.Zip(key.Skip(1), (one, next) => (byte)(next - one)).Distinct().Count() is 1 => "is a row of numbers and not random",
        _ => null,
    };

    private static bool IsSame(string password, string? user) => user is { Length: > 0 } && (password.Equals(user, StringComparison.OrdinalIgnoreCase) || (Core(user) is { Length: > 0 } core && core == Core(password)));

    private static bool IsKnown(string password)
    {
        var core = Core(password);
        var (one, other) = (core[..(core.Length / 2)], core[(core.Length / 2)..]);
        return core is "" ? password.Length < FewDigits : Known.Contains(core) || (one == other && Known.Contains(one));
    }

    private static bool IsExample(string secret) => Examples.Any(example => secret.Contains(example, StringComparison.OrdinalIgnoreCase));

    private static bool IsRepetition(string text) => (text + text).IndexOf(text, 1, StringComparison.Ordinal) < text.Length;

    /// <summary><c>P@ssw0rd!1</c> is <c>password</c>.</summary>
    private static string Core(string password) => string.Concat(password.Trim(NoLetters(password)).Select(one => char.ToLowerInvariant(one) switch
    {
        '0' => 'o',
        '1' or '!' => 'i',
        '3' => 'e',
        '4' or '@' => 'a',
        '5' or '$' => 's',
        var letter => letter,
    }).Where(char.IsLetterOrDigit));

    private static char[] NoLetters(string password) => [.. password.Where(one => !char.IsLetter(one)).Distinct()];
}
