using Microsoft.Extensions.Configuration;
using SaaS.Infrastructure.Settings;

namespace SaaS.Core.Identity.Sessions;

/// <summary>Validates the secrets that tokens are signed with, because a guessed secret allows signing in as any user.</summary>
internal static class SigningSecrets
{
    private const string Key = $"{SessionsModule.JwtSection}:{nameof(JwtOptions.SigningKey)}";

    public static IEnumerable<SecretFault> Validate(IConfiguration configuration) =>
        [.. ValidateCurrent(configuration[Key]), .. ValidateRetired(configuration)];

    private static IEnumerable<SecretFault> ValidateCurrent(string? secret) =>
        secret switch
        {
            null or "" =>
            [
                SecretFault.Unusable(
                    Key,
                    $"is not set: at least {SecretStrength.LeastKeyLength} random characters (openssl rand -hex 48)."
                ),
            ],
            { Length: < SecretStrength.LeastKeyLength } =>
            [
                SecretFault.Unusable(
                    Key,
                    $"must have at least {SecretStrength.LeastKeyLength} characters, at random (openssl rand -hex 48)."
                ),
            ],
            _ => SecretStrength.CheckKey(secret) is { } weakness
                ? [SecretFault.Weak(Key, $"{weakness}: it must be random (openssl rand -hex 48).")]
                : [],
        };

    // Tokens signed with them are still accepted, including those of an attacker who guesses one.
    private static IEnumerable<SecretFault> ValidateRetired(IConfiguration configuration)
    {
        foreach (
            var retired in configuration.GetSection($"{SessionsModule.JwtSection}:{nameof(JwtOptions.RetiredSigningKeys)}").GetChildren()
        )
        {
            if (retired.Value is { } secret && SecretStrength.CheckKey(secret) is { } weakness)
            {
                yield return SecretFault.Weak(retired.Path, $"{weakness}: remove it; users whose tokens it signed must sign in again.");
            }
        }
    }
}
