using OtpNet;
using SaaS.Core.Http;

namespace SaaS.Core.Identity.Sso.BreakGlass;

/// <summary>One-time passwords of authenticator apps: RFC 6238 with what all of them know, SHA-1, six digits, 30 seconds.</summary>
internal static class OneTimePasswords
{
    private const int SecretBytes = 20;

    /// <returns>A new secret, in base 32, as authenticator apps take it.</returns>
    public static string NewSecret() => Base32Encoding.ToString(KeyGeneration.GenerateRandomKey(SecretBytes));

    /// <summary>What a QR code says (https://github.com/google/google-authenticator/wiki/Key-Uri-Format).</summary>
    public static string AddressOf(string secret, string account, string issuer) => new OtpUri(OtpType.Totp, secret, account, issuer).ToString();

    /// <param name="after">The step of the last password that was taken: nothing of it or before it is taken.</param>
    /// <returns>The step that the password is of; null when it is wrong, or too old, or was taken already.</returns>
    public static long? StepOf(string secret, string password, DateTimeOffset now, long after) =>
        new Totp(Base32Encoding.ToBytes(secret)).VerifyTotp(now.UtcDateTime, password, out var step, new VerificationWindow(previous: 1, future: 1)) && step > after ? step : null;
}

/// <summary>What an authenticator app shows.</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Parameter)]
internal sealed class OneTimePasswordAttribute : FieldRuleAttribute
{
    public override FieldRule Rule { get; } = new() { Pattern = "^[0-9]{6}$", PatternExpected = "Must be six digits." };
}
