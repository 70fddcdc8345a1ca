using OtpNet;
using SaaS.Core.Http;

namespace SaaS.Core.Identity.Factors;

/// <summary>
/// One-time passwords of authenticator apps: RFC 6238 with the parameters that every app supports (SHA-1, six digits, 30 seconds).
/// </summary>
internal static class OneTimePasswords
{
    private const int SecretBytes = 20;

    /// <returns>A new secret in base 32, as authenticator apps expect it.</returns>
    public static string CreateSecret() => Base32Encoding.ToString(KeyGeneration.GenerateRandomKey(SecretBytes));

    /// <summary>Returns the `otpauth` URI for a QR code (https://github.com/google/google-authenticator/wiki/Key-Uri-Format).</summary>
    public static string CreateOtpauthUri(string secret, string account, string issuer) =>
        new OtpUri(OtpType.Totp, secret, account, issuer).ToString();

    /// <param name="after">The time step of the last accepted password; only later steps match.</param>
    /// <returns>The time step of the password; null when it is wrong, too old or already used.</returns>
    public static long? FindTimeStep(string secret, string password, DateTimeOffset now, long after) =>
        new Totp(Base32Encoding.ToBytes(secret)).VerifyTotp(
            now.UtcDateTime,
            password,
            out var step,
            new VerificationWindow(previous: 1, future: 1)
        )
        && step > after
            ? step
            : null;
}

/// <summary>A one-time password of six digits.</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Parameter)]
internal sealed class OneTimePasswordAttribute : FieldRuleAttribute
{
    public override FieldRule Rule { get; } = new() { Pattern = "^[0-9]{6}$", PatternExpected = "Must be six digits." };
}
